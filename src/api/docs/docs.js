// Shows /api/openapi.json to people. Everything is made with createElement and textContent, so the page needs no
// permission beyond its own script and style.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 6;
let schemas = {};

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

function resolve(schema) {
  return schema && schema.$ref ? { name: schema.$ref.split("/").at(-1), ...schemas[schema.$ref.split("/").at(-1)] } : (schema ?? {});
}

function plain(schema) {
  const variants = schema.anyOf ?? schema.oneOf;
  return variants ? resolve(variants.find((it) => it.type !== "null")) : resolve(schema);
}

function typeOf(schema) {
  const it = plain(schema);
  const nullable = schema.anyOf || (Array.isArray(it.type) && it.type.includes("null"));
  const type = it.name ?? (Array.isArray(it.type) ? it.type.filter((word) => word !== "null").join(" or ") : (it.type ?? "any value"));
  const text = type === "array" ? `list of ${typeOf(it.items ?? {})}` : type;
  return nullable ? `${text} or null` : text;
}

function limitsOf(schema) {
  const it = plain(schema);
  const parts = [];
  if (it.enum) parts.push(`one of ${it.enum.filter((word) => word !== null).join(", ")}`);
  if (it.minimum !== undefined && it.maximum !== undefined) parts.push(`${it.minimum} to ${it.maximum}`);
  else if (it.minimum !== undefined) parts.push(`at least ${it.minimum}`);
  if (it.default !== undefined) parts.push(`default ${JSON.stringify(it.default)}`);
  return parts.length ? ` (${parts.join("; ")})` : "";
}

function fields(schema, depth = 0) {
  let it = plain(schema);
  if ((Array.isArray(it.type) ? it.type.includes("array") : it.type === "array") && it.items) it = plain(it.items);
  if (!it.properties || depth > DEEPEST) return null;
  const required = new Set(it.required ?? []);
  const list = make("ul", { className: "fields" });
  for (const [name, property] of Object.entries(it.properties)) {
    const item = make("li", {}, make("code", { textContent: name }), make("span", { className: "type", textContent: ` ${typeOf(property)}${limitsOf(property)}` }));
    if (required.has(name) && it.additionalProperties === false) item.append(make("strong", { textContent: " required" }));
    if (property.description) item.append(` – ${property.description}`);
    const inner = fields(property, depth + 1);
    if (inner) item.append(make("details", {}, make("summary", { textContent: "its fields" }), inner));
    list.append(item);
  }
  return list;
}

function parameters(list) {
  const body = make("tbody");
  for (const it of list) {
    body.append(
      make("tr", {}, make("td", {}, make("code", { textContent: it.name })), make("td", { textContent: it.in }), make("td", { textContent: `${typeOf(it.schema)}${limitsOf(it.schema)}` }), make("td", { textContent: it.description ?? "" })),
    );
  }
  const head = make("tr");
  for (const word of ["Name", "In", "Type", "Meaning"]) head.append(make("th", { textContent: word, scope: "col" }));
  return make("table", {}, make("thead", {}, head), body);
}

function content(title, holder) {
  const [type, media] = Object.entries(holder.content ?? {})[0] ?? [];
  const part = [make("h4", { textContent: title })];
  if (!type) return [...part, make("p", { textContent: holder.description ?? "No body." })];
  part.push(make("p", {}, make("code", { textContent: type }), media.schema ? ` – ${typeOf(media.schema)}` : ""));
  const list = media.schema ? fields(media.schema) : null;
  return list ? [...part, list] : part;
}

function operation(path, method, it) {
  const box = make("div");
  if (it.parameters?.length) box.append(make("h4", { textContent: "Parameters" }), parameters(it.parameters));
  if (it.requestBody) box.append(...content("Body", it.requestBody));
  for (const [status, answer] of Object.entries(it.responses)) {
    if (answer.$ref) box.append(make("p", {}, make("strong", { textContent: status }), " – a problem (RFC 9457)"));
    else box.append(...content(`Answer ${status}`, answer));
  }
  const summary = make("summary", {}, make("span", { className: "method", textContent: method.toUpperCase() }), make("code", { textContent: path }), ` ${it.summary}`);
  if (it["x-scope"]) summary.append(make("span", { className: "scope", textContent: it["x-scope"] }));
  const details = make("details", { className: "operation", id: it.operationId }, summary, box);
  details.dataset.words = `${method} ${path} ${it.summary} ${it["x-scope"] ?? ""}`.toLowerCase();
  return details;
}

function show(description) {
  schemas = description.components.schemas;
  document.getElementById("about").textContent = `${description.info.description} Version ${description.info.version}.`;
  const groups = new Map(description.tags.map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(description.paths))
    for (const method of METHODS) if (item[method]) groups.get(item[method].tags[0])?.push(operation(path, method, item[method]));
  const contents = make("ul");
  for (const [name, list] of groups) {
    contents.append(make("li", {}, make("a", { href: `#tag-${name}`, textContent: name })));
    document.getElementById("operations").append(make("section", {}, make("h2", { id: `tag-${name}`, textContent: name }), ...list));
  }
  document.getElementById("contents").append(contents);
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

function search(event) {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const it of document.querySelectorAll("details.operation")) it.hidden = !words.every((word) => it.dataset.words.includes(word));
  for (const section of document.querySelectorAll("main section")) section.hidden = !section.querySelector("details.operation:not([hidden])");
}

document.getElementById("search").addEventListener("input", search);
addEventListener("hashchange", openNamed);
fetch("/api/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`the server answered ${answer.status}`))))
  .then((description) => {
    show(description);
    openNamed();
  })
  .catch((error) => {
    document.getElementById("about").textContent = `The description could not be loaded: ${error.message}.`;
  });
