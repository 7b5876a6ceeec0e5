// Shows texts on the demo phone as they arrive. What was texted is set as text, never as markup.

const texts = document.getElementById("texts");

function line(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

function show({ number, text, at }) {
  document.getElementById("none").hidden = true;
  const head = line("p", "soft", "");
  head.append(line("span", "", `To ${number}`), " ", line("time", "", at));
  const article = document.createElement("article");
  article.append(head, line("p", "bubble", text));
  texts.append(article);
  texts.scrollTop = texts.scrollHeight;
}

texts.scrollTop = texts.scrollHeight;
new EventSource(`/demo/phone?after=${texts.dataset.seen}`).addEventListener("text", (event) => show(JSON.parse(event.data)));
