// A small, safe Markdown: paragraphs, headings, lists, quotes, code, emphasis, links. It makes DOM
// nodes and no HTML; pictures become links; a link leads to http, https or ipfs or is text.
"use strict";
(() => {
  const { el } = Gallery;
  const MOST = 20000; // characters; what is longer is shown as plain text
  const INLINE = new RegExp(
    [
      /`([^`\n]+)`/, // code
      /\*\*([^*\n]+)\*\*/, // strong
      /__([^_\n]+)__/,
      /\*([^*\s][^*\n]*)\*/, // emphasis
      /!?\[([^\]\n]*)\]\(([^\s()]+)\)/, // a link or a picture: its label, its target
      /(https?:\/\/[^\s<>()[\]]+)/, // a bare address
    ]
      .map((part) => part.source)
      .join("|"),
  );

  Gallery.safeLink = (url, ...children) => {
    if (!/^(https?|ipfs):\/\/[^\s]/i.test(url)) return el("span", {}, ...children);
    return el("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank" }, ...children);
  };

  function inline(text) {
    const nodes = [];
    for (let found = INLINE.exec(text); found; found = INLINE.exec(text)) {
      nodes.push(text.slice(0, found.index));
      const [whole, code, strong, strong2, emphasis, label, target, bare] = found;
      if (code) nodes.push(el("code", {}, code));
      else if (strong || strong2) nodes.push(el("strong", {}, ...inline(strong || strong2)));
      else if (emphasis) nodes.push(el("em", {}, ...inline(emphasis)));
      else if (target) nodes.push(Gallery.safeLink(target, label || target));
      else nodes.push(Gallery.safeLink(bare, bare));
      text = text.slice(found.index + whole.length);
    }
    return [...nodes, text].filter(Boolean);
  }

  function block(lines) {
    const [first] = lines;
    const heading = /^(#{1,6})\s+(.*)$/.exec(first);
    if (heading) {
      const rest = lines.slice(1);
      return [
        el("p", { class: "heading" }, el("strong", {}, ...inline(heading[2]))),
        ...(rest.length ? block(rest) : []),
      ];
    }
    if (/^\s*[-*+]\s+/.test(first)) return [el("ul", {}, items(lines, /^\s*[-*+]\s+/))];
    if (/^\s*\d{1,9}[.)]\s+/.test(first)) return [el("ol", {}, items(lines, /^\s*\d{1,9}[.)]\s+/))];
    if (/^>/.test(first)) {
      return [el("blockquote", {}, ...inline(lines.map((line) => line.replace(/^>\s?/, "")).join("\n")))];
    }
    if (/^(-{3,}|\*{3,})$/.test(first.trim())) return [el("hr")];
    return [el("p", {}, ...broken(lines))];
  }

  function items(lines, mark) {
    const joined = [];
    for (const line of lines) {
      if (mark.test(line) || !joined.length) joined.push(line.replace(mark, ""));
      else joined[joined.length - 1] += ` ${line.trim()}`;
    }
    return joined.map((text) => el("li", {}, ...inline(text)));
  }

  // Two spaces at the end of a line break it, as everywhere.
  function broken(lines) {
    return lines.flatMap((line, at) => [
      ...inline(line.trimEnd()),
      at + 1 === lines.length ? "" : / {2}$/.test(line) ? el("br") : " ",
    ]);
  }

  Gallery.markdown = (text) => {
    const box = el("div", { class: "markdown", dir: "auto" });
    if (text.length > MOST) {
      box.append(el("p", {}, text.slice(0, MOST), "…"));
      return box;
    }
    const parts = text.replace(/\r\n?/g, "\n").split(/^```[^\n]*$/m);
    parts.forEach((part, at) => {
      if (at % 2) box.append(el("pre", {}, el("code", {}, part.replace(/^\n/, ""))));
      else
        for (const chunk of part.split(/\n\s*\n/))
          if (chunk.trim()) box.append(...block(chunk.replace(/^\n+|\n+$/g, "").split("\n")));
    });
    return box;
  };
})();
