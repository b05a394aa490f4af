-- What `reconciliation-prepare-base` runs on MySQL, by name; it puts in the reader's name and password.

-- By bytes: the usual collation takes `ORD-1` and `ord-1` for one key.
-- name: criar_tabela
CREATE TABLE transacoes (
    fornecedor_id varchar(255),
    ordem_id varchar(255) NOT NULL,
    nome varchar(255),
    ativo_id varchar(255),
    data date,
    valor decimal(18,2)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where a transaction is open it gives up after 5 s, for which whoever comes to write waits behind it.
-- name: criar_indice_unico
SET SESSION lock_wait_timeout = 5;
ALTER TABLE transacoes ADD UNIQUE INDEX idx_ordem_id (ordem_id), ALGORITHM=INPLACE, LOCK=NONE;

-- name: criar_indice_data
SET SESSION lock_wait_timeout = 5;
ALTER TABLE transacoes ADD INDEX idx_data (data), ALGORITHM=INPLACE, LOCK=NONE;

-- name: criar_usuario
CREATE USER <usuario>@'%' IDENTIFIED BY <senha>;

-- name: dar_leitura
GRANT SELECT ON transacoes TO <usuario>@'%';

-- name: trocar_senha
ALTER USER <usuario>@'%' IDENTIFIED BY <senha>;

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
