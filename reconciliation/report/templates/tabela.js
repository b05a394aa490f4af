"use strict";
// The table of divergences: searched, filtered and sorted over its data, shown a page at a time. What the
// page has without this script is the first page as it is built here.
(() => {
  const find = (id) => document.getElementById(id);
  const { porPagina: perPage, linhas: rows } = JSON.parse(find("dados").textContent);
  const table = find("tabela"), body = table.tBodies[0], headers = [...table.tHead.rows[0].cells];
  const [search, kind, field, supplier] = ["busca", "tipo", "campo", "fornecedor"].map(find);
  const count = new Intl.NumberFormat("pt-BR").format;
  const { compare } = new Intl.Collator("pt-BR", { numeric: true });
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f.]/g, "").toLowerCase();
  const nameOf = (part) => (Array.isArray(part) ? part[0] : part);
  const cents = (text) => (text === null ? null : BigInt(text.replace(/[.,]/g, "")));
  const size = (cents) => (cents < 0n ? -cents : cents);
  const SUPPLIER = 2, DIFFERENCE = 6, DIFFERING = 7;
  const KEYS = [
    String, String, String, (line) => line, cents, cents,
    (text) => size(cents(text)), (parts) => parts.map(nameOf).join(),
  ];
  const NUMBERS = [3, 4, 5, DIFFERENCE];
  const rank = new Map(rows.map((row, at) => [row, at]));
  let words, matching = rows, start = 0, sorted = { column: DIFFERENCE, descending: true };

  // --- what a row looks like
  const made = (name, content, className) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...[content].flat());
    return element;
  };
  const isolated = (text) => (text?.trim() ? made("bdi", text) : made("i", "vazio", "vazio"));
  const part = (what) => {
    if (!Array.isArray(what)) return made("span", what, "campo");
    const [name, file, base, unseen] = what;
    const note = unseen ? [" ", made("em", "(não se vê)")] : [];
    return made("span", [made("b", name), " ", isolated(file), " ≠ ", isolated(base), ...note], "campo");
  };
  const built = ([type, order, supplier, line, file, base, difference, differing]) => {
    const contents = [
      made("span", `Tipo ${type}`, `selo tipo-${type}`), isolated(order), isolated(supplier),
      line === null ? "" : count(line), file ?? "", base ?? (type === "1" ? "" : isolated(base)), difference, differing.map(part),
    ];
    const row = document.createElement("tr");
    row.append(...contents.map((content, column) => {
      const cell = made(column === 1 ? "th" : "td", content, headers[column].className);
      if (column === 1) cell.scope = "row";
      cell.dataset.nome = headers[column].dataset.nome;
      return cell;
    }));
    return row;
  };

  // where a style shows rows as cards, browsers may forget that they are a table's
  const ROLES = [
    ["thead, tbody, tfoot", "rowgroup"], ["tr", "row"], ["td", "cell"],
    ["th[scope=row]", "rowheader"], ["th[scope=col]", "columnheader"],
  ];
  const tellRoles = (of) => {
    of.setAttribute("role", "table");
    for (const [parts, role] of ROLES) of.querySelectorAll(parts).forEach((each) => each.setAttribute("role", role));
  };

  // --- which rows, in which order
  const show = () => {
    const end = Math.min(start + perPage, matching.length);
    body.replaceChildren(...matching.slice(start, end).map(built));
    tellRoles(table);
    find("contagem").textContent = matching.length
      ? `${count(start + 1)} a ${count(end)} de ${count(matching.length)}` : "Nenhuma divergência com esses filtros.";
    // not disabled: who stands on one with the keyboard would lose their place
    find("anterior").setAttribute("aria-disabled", start === 0);
    find("proxima").setAttribute("aria-disabled", end === matching.length);
  };
  const filter = () => {
    words ??= new Map(rows.map((row) => [row, plain(row.slice(1).flat(2).join(" "))]));
    const sought = plain(search.value).split(/\s+/).filter(Boolean);
    matching = rows.filter((row) =>
      (!kind.value || row[0] === kind.value) && (!supplier.value || row[SUPPLIER] === supplier.value) &&
      (!field.value || row[DIFFERING].some((what) => nameOf(what) === field.value)) &&
      sought.every((word) => words.get(row).includes(word)));
    start = 0;
    show();
  };
  const sort = (column) => {
    const again = sorted.column === column;
    sorted = { column, descending: again ? !sorted.descending : NUMBERS.includes(column) };
    const keys = new Map(rows.map((row) => [row, KEYS[column](row[column])]));
    const order = NUMBERS.includes(column) ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : compare;
    const turn = sorted.descending ? -1 : 1;
    rows.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      const apart = a === null || b === null ? (a === null) - (b === null) : turn * order(a, b);
      return apart || rank.get(one) - rank.get(other);
    });
    headers.forEach((header) => header.removeAttribute("aria-sort"));
    headers[column].setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
    filter();
  };
  const turn = (pages) => {
    if (!matching[start + pages * perPage]) return;
    start += pages * perPage;
    show();
    table.scrollIntoView();
  };

  // --- the controls, which are of no use without this script
  const offer = (select, values) =>
    select.append(...[...new Set(values)].sort(compare).map((value) => new Option(value, value)));
  offer(field, rows.flatMap((row) => row[DIFFERING].map(nameOf)));
  offer(supplier, rows.map((row) => row[SUPPLIER]).filter(Boolean));
  headers.forEach((header, column) => {
    const button = made("button", [...header.childNodes]);
    button.type = "button";
    button.addEventListener("click", () => sort(column));
    header.append(button);
  });
  const form = find("filtros");
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  find("anterior").addEventListener("click", () => turn(-1));
  find("proxima").addEventListener("click", () => turn(1));
  document.querySelectorAll(".fichas").forEach(tellRoles);
  for (const hidden of document.querySelectorAll("[hidden]")) hidden.hidden = false;
  show();
})();
