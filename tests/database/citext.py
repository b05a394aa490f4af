"""The type citext as its extension makes it, in SQL: the embedded PostgreSQL comes without that extension."""

_FUNCTION = "CREATE OR REPLACE FUNCTION {} RETURNS {} AS '{}' LANGUAGE {} IMMUTABLE STRICT"
_COMPARED = {"lt": "<", "le": "<=", "eq": "=", "ge": ">=", "gt": ">"}
_COMMUTED = {"lt": ">", "le": ">=", "eq": "=", "ge": "<=", "gt": "<"}

MADE = (
    "DROP TYPE IF EXISTS citext CASCADE",
    "CREATE TYPE citext",
    _FUNCTION.format("citextin(cstring)", "citext", "textin", "internal"),
    _FUNCTION.format("citextout(citext)", "cstring", "textout", "internal"),
    "CREATE TYPE citext (INPUT = citextin, OUTPUT = citextout, INTERNALLENGTH = VARIABLE,"
    " STORAGE = extended, CATEGORY = 'S', COLLATABLE = true)",
    "CREATE CAST (citext AS text) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (citext AS varchar) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (text AS citext) WITHOUT FUNCTION AS ASSIGNMENT",
    "CREATE CAST (varchar AS citext) WITHOUT FUNCTION AS ASSIGNMENT",
    *(
        _FUNCTION.format(
            f"citext_{name}(citext, citext)",
            "boolean",
            f"SELECT lower($1::text) {sign} lower($2::text)",
            "sql",
        )
        for name, sign in _COMPARED.items()
    ),
    _FUNCTION.format(
        "citext_cmp(citext, citext)", "integer", "SELECT bttextcmp(lower($1::text), lower($2::text))", "sql"
    ),
    *(
        f"CREATE OPERATOR {sign} (LEFTARG = citext, RIGHTARG = citext, COMMUTATOR = {_COMMUTED[name]},"
        f" PROCEDURE = citext_{name})"
        for name, sign in _COMPARED.items()
    ),
    "CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING btree AS OPERATOR 1 <, OPERATOR 2 <=,"
    " OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 citext_cmp(citext, citext)",
)
