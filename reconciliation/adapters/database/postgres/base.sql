-- What `reconciliation-prepare-base` runs on PostgreSQL, by name; it puts in the reader's name and password.

-- name: criar_tabela
CREATE TABLE transacoes (
    fornecedor_id varchar(255),
    ordem_id varchar(255) NOT NULL,
    nome varchar(255),
    ativo_id varchar(255),
    data date,
    valor numeric(18,2)
);

-- Outside of a transaction. Nobody who writes waits for it.
-- name: criar_indice_unico
CREATE UNIQUE INDEX CONCURRENTLY idx_ordem_id ON transacoes(ordem_id);

-- name: criar_indice_data
CREATE INDEX CONCURRENTLY idx_data ON transacoes(data);

-- Of an index that is not valid, and that nobody is making: CONCURRENTLY failed, or was cut off.
-- name: remover_indice_inacabado
DROP INDEX CONCURRENTLY <indice>;

-- name: criar_usuario
CREATE ROLE <usuario> LOGIN PASSWORD <senha>;

-- name: dar_leitura
GRANT SELECT ON transacoes TO <usuario>;

-- name: trocar_senha
ALTER ROLE <usuario> LOGIN PASSWORD <senha>;

-- name: criar_extensao
CREATE EXTENSION pg_stat_statements;

-- The base of the smoke test (docs/deploy.md): put into an empty table, and nowhere else.
-- name: inserir_linhas_de_teste
INSERT INTO transacoes (fornecedor_id, ordem_id, nome, ativo_id, data, valor)
SELECT * FROM (
    SELECT 'TESTE' AS f, 'TESTE-1' AS o, 'Ana' AS n, 'PETR4' AS a, DATE '2026-02-16' AS d, 10.50 AS v
    UNION ALL SELECT 'TESTE', 'TESTE-2', 'Bia', 'VALE3', DATE '2026-02-16', 98.00
    UNION ALL SELECT 'TESTE', 'TESTE-3', 'Caio', 'ITUB4', DATE '2026-02-16', 1.00
) AS linhas WHERE NOT EXISTS (SELECT 1 FROM transacoes);

-- name: remover_linhas_de_teste
DELETE FROM transacoes
WHERE ordem_id IN ('TESTE-1', 'TESTE-2', 'TESTE-3') AND fornecedor_id = 'TESTE' AND data = DATE '2026-02-16';

-- name: contar_linhas
SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM transacoes LIMIT 4) AS algumas), (
    SELECT COUNT(*) FROM transacoes
    WHERE ordem_id IN ('TESTE-1', 'TESTE-2', 'TESTE-3') AND fornecedor_id = 'TESTE' AND data = DATE '2026-02-16'
);
