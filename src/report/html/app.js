// Filters the matrix, opens cases, and keeps all of it in the fragment, so that every view has an address:
// #case=ID  #matrix&area=A&clause=C&status=S&subjects=A,B&differ&q=WORDS  #overview
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters"), grid = byId("grid"), sections = byId("sections");
  const KEYS = ["area", "clause", "status", "q"], FLAGS = ["differ"];
  const GLYPHS = { P: "pass", F: "fail", W: "warn", R: "recorded", U: "unsupported", X: "broken" };
  const LETTERS = Object.fromEntries(Object.entries(GLYPHS).map(([letter, word]) => [word, letter]));
  const names = [...grid.tHead.rows[0].cells].slice(2).map((cell) => cell.textContent);
  document.documentElement.classList.add("scripted");

  // The matrix as it stands in the page, read once.
  const topics = [...grid.tBodies].map((body) => ({ body, id: body.dataset.topic }));
  const cases = topics.flatMap((topic) => [...topic.body.rows].slice(1).map((row) => {
    const link = row.cells[0].firstChild;
    const [level, clauses = ""] = row.cells[1].textContent.split(" · ");
    const cells = [...row.cells].slice(2);
    return {
      row, link, topic, level, clauses: clauses.split("; "), id: decodeURIComponent(link.hash.slice(6)),
      cells: cells.map((cell) => cell.className), fresh: cells.map((cell) => "new" in cell.dataset), words: null,
    };
  }));
  const caseOf = new Map(cases.map((it) => [it.id, it]));
  let shown = cases;

  // State and fragment.

  const encode = (text) => encodeURIComponent(text).replace(/%(2F|3A|40)/g, decodeURIComponent);
  const decode = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

  function read() {
    const state = { subjects: [] };
    for (const part of location.hash.slice(1).split("&")) {
      const at = part.indexOf("="), key = at < 0 ? part : part.slice(0, at), value = at < 0 ? "" : part.slice(at + 1);
      if (key === "subjects") state.subjects = value.split(",").map(decode).filter((name) => names.includes(name));
      else if (key === "new") state.status = "new";
      else if (key === "case" || KEYS.includes(key)) state[key] = decode(value);
      else if (FLAGS.includes(key) || key === "matrix") state[key] = true;
    }
    return state;
  }

  function write(state) {
    const parts = state.case ? ["case=" + encode(state.case)] : state.matrix ? ["matrix"] : [];
    for (const key of KEYS) if (state[key]) parts.push(key + "=" + encode(state[key]));
    for (const key of FLAGS) if (state[key]) parts.push(key);
    if (state.subjects.length) parts.push("subjects=" + state.subjects.map(encode).join(","));
    return "#" + parts.join("&");
  }

  const isFiltered = (state) => KEYS.some((key) => state[key]) || FLAGS.some((key) => state[key]) || state.subjects.length > 0;
  const viewOf = (state) => state.case ? "case" : state.matrix || isFiltered(state) ? "matrix" : "overview";

  let state = read();
  const go = (next) => { location.hash = write(next); };
  const replace = (next) => { history.replaceState(null, "", write(next)); show(); };

  // Filtering.

  function tests(state) {
    const columns = state.subjects.length ? state.subjects.map((name) => names.indexOf(name)) : names.map((_, at) => at);
    const tests = [];
    const area = state.area && state.area.replace(/\/+$/, "");
    if (area) tests.push((it) => it.topic.id === area || it.id === area || it.id.startsWith(area + "/"));
    if (state.clause) {
      const wanted = state.clause.toLowerCase();
      tests.push((it) => it.clauses.some((clause) => clause.toLowerCase().includes(wanted)));
    }
    if (state.status === "new") tests.push((it) => columns.some((at) => it.fresh[at]));
    else if (state.status) tests.push((it) => columns.some((at) => it.cells[at][0] === LETTERS[state.status]));
    if (state.differ) {
      tests.push((it) => new Set(columns.map((at) => it.cells[at])
        .filter((cell) => cell && cell !== "U" && cell !== "X").map((cell) => cell.slice(1))).size > 1);
    }
    for (const word of (state.q || "").toLowerCase().split(/\s+/).filter(Boolean)) {
      tests.push((it) => (it.id + " " + it.level + " " + it.clauses.join(" ") + " " + (it.words || "")).toLowerCase().includes(word));
    }
    return tests;
  }

  function filter() {
    const all = tests(state);
    shown = cases.filter((it) => all.every((test) => test(it)));
    const kept = new Set(shown), topicsKept = new Set(shown.map((it) => it.topic));
    for (const it of cases) it.row.hidden = !kept.has(it);
    for (const topic of topics) topic.body.hidden = !topicsKept.has(topic);
    const number = (of) => of.toLocaleString("en");
    byId("shown").textContent = shown.length === cases.length ? number(cases.length) + " cases"
      : number(shown.length) + " of " + number(cases.length) + " cases";
    // Columns are hidden by a rule, not one by one: there are fifty thousand cells.
    const hidden = state.subjects.length ? names.map((_, at) => at).filter((at) => !state.subjects.includes(names[at])) : [];
    columns.textContent = hidden.length
      ? hidden.map((at) => `#grid tr:not(.t)>:nth-child(${at + 3})`).join() + "{display:none}" : "";
    grid.style.setProperty("--subjects", names.length - hidden.length);
    rove(shown[0]);
  }
  const columns = document.head.appendChild(document.createElement("style"));

  function fill() {
    for (const field of form.elements) {
      if (field.name === "subjects") field.checked = state.subjects.includes(field.value);
      else if (field.type === "checkbox") field.checked = Boolean(state[field.name]);
      else if (field.name && document.activeElement !== field) field.value = state[field.name] || "";
    }
    const whose = byId("whose");
    if (whose) whose.firstChild.textContent = state.subjects.length ? `subjects: ${state.subjects.length} of ${names.length}` : "subjects";
  }

  // Cases. In a large report they are compressed, and unpacked when they are opened.

  async function unpack(script) {
    const bytes = Uint8Array.from(atob(script.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    script.remove();
    return new Response(stream).text();
  }

  async function sectionOf(it) {
    const script = document.querySelector(`script[data-topic="${CSS.escape(it.topic.id)}"]`);
    if (script) sections.insertAdjacentHTML("beforeend", await unpack(script));
    return byId("case=" + it.id);
  }

  async function search() {
    const script = byId("words");
    const lines = (await unpack(script)).split("\n");
    cases.forEach((it, nth) => { it.words = lines[nth]; });
    filter();
  }
  let searched = false;

  async function open() {
    const it = caseOf.get(state.case), wanted = state;
    const trouble = byId("trouble");
    trouble.hidden = Boolean(it);
    trouble.textContent = `This report has no case ${state.case}.`;
    let section = null;
    try {
      section = it && await sectionOf(it);
    } catch (error) {
      trouble.hidden = false;
      trouble.textContent = `This browser cannot open the compressed part of the page (${error.message}): take a newer one.`;
    }
    if (state !== wanted) return;
    for (const opened of sections.querySelectorAll(":scope>.open")) opened.classList.remove("open");
    if (!section) return;
    section.classList.add("open");
    const places = state.subjects.map((name) => String(names.indexOf(name)));
    for (const group of section.querySelectorAll("[data-subjects]")) {
      group.hidden = places.length > 0 && !group.dataset.subjects.split(" ").some((place) => places.includes(place));
    }
    const at = shown.indexOf(it);
    const neighbour = (link, other) => {
      link.toggleAttribute("data-none", !other);
      if (other) link.href = write({ ...state, case: other.id });
      else link.removeAttribute("href");
    };
    neighbour(byId("prev"), at < 0 ? null : shown[at - 1]);
    neighbour(byId("next"), at < 0 ? shown[0] : shown[at + 1]);
    byId("nth").textContent = at < 0 ? "" : `${at + 1} of ${shown.length}`;
    document.title = it.id + ": netdbspec";
    window.scrollTo(0, 0);
  }

  // What is seen.

  const title = document.title;
  function show() {
    const before = document.body.dataset.view;
    state = read();
    const view = viewOf(state);
    document.body.dataset.view = view;
    document.title = title;
    for (const link of document.querySelectorAll("#top nav a")) {
      link.toggleAttribute("aria-current", link.hash === "#" + (view === "case" ? "matrix" : view));
    }
    fill();
    filter();
    if (state.q && !searched) { searched = true; search(); }
    byId("back").href = write({ ...state, case: "", matrix: true });
    if (view === "case") open();
    else if (before === "case" && lastOpened && caseOf.has(lastOpened)) {
      rove(caseOf.get(lastOpened));
      caseOf.get(lastOpened).link.focus({ preventScroll: true });
      caseOf.get(lastOpened).row.scrollIntoView({ block: "center" });
    }
    lastOpened = state.case || "";
  }
  let lastOpened = "";

  for (const link of document.querySelectorAll("a[data-h]")) link.href = "#matrix&" + link.dataset.h;

  // One link of the matrix is in the order of tab stops; arrows go to the others.
  let current = null;
  function rove(it) {
    if (current) current.link.tabIndex = -1;
    current = it || null;
    if (current) current.link.tabIndex = 0;
  }
  for (const it of cases) it.link.tabIndex = -1;

  grid.addEventListener("click", (event) => {
    const row = event.target.closest("tr"), it = cases.find((it) => it.row === row);
    if (!it || event.ctrlKey || event.metaKey || event.shiftKey || String(getSelection())) return;
    event.preventDefault();
    go({ ...state, case: it.id });
  });
  grid.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("td");
    const at = cell ? cell.cellIndex - 2 : -1;
    if (at < 0 || cell.title || !cell.className) return;
    const group = cell.parentNode.className === "d" && !/^[UX]/.test(cell.className) ? `, with the others marked ${cell.className[1] || "a"}` : "";
    cell.title = `${names[at]}: ${GLYPHS[cell.className[0]]}${group}`;
  });
  grid.addEventListener("focusin", (event) => {
    const it = cases.find((it) => it.link === event.target);
    if (it) rove(it);
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const data = new FormData(form);
    const next = { matrix: true, subjects: data.getAll("subjects"), differ: data.has("differ") };
    for (const key of KEYS) next[key] = data.get(key);
    replace(next);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    document.activeElement.blur();
    replace({ matrix: true, subjects: [] });
  });
  byId("everyone")?.addEventListener("click", () => replace({ ...state, matrix: true, subjects: [] }));
  document.addEventListener("click", (event) => {
    const whose = byId("whose");
    if (whose?.open && !whose.contains(event.target)) whose.open = false;
  });

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const view = document.body.dataset.view;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (event.key === "/" && !typing) {
      event.preventDefault();
      if (view !== "matrix") go({ ...state, case: "", matrix: true });
      show();
      form.elements.q.focus();
      form.elements.q.select();
    } else if (event.key === "Escape" && typing) {
      event.target.blur();
    } else if (event.key === "Escape" && view === "case") {
      location.hash = byId("back").hash;
    } else if (view === "case" && !typing && (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "j" || event.key === "k")) {
      const link = byId(event.key === "ArrowLeft" || event.key === "k" ? "prev" : "next");
      if (link.href) link.click();
    } else if (view === "matrix" && step && (!typing || event.target.name === "q" && event.key.startsWith("Arrow"))) {
      if (!shown.length || (!typing && event.target !== document.body && !grid.contains(event.target))) return;
      event.preventDefault();
      const at = grid.contains(document.activeElement) ? shown.indexOf(current) + step : Math.max(0, shown.indexOf(current));
      const next = shown[Math.min(shown.length - 1, Math.max(0, at))];
      rove(next);
      next.link.focus();
    }
  });
  window.addEventListener("hashchange", show);
  show();
})();
