// Starts MathJax once the page has loaded: the explorers come first, and the text reads without it.
(() => {
  const here = document.currentScript.src;
  addEventListener("load", () => {
    const script = document.createElement("script");
    script.src = new URL("mathjax/startup.js", here).href;
    script.addEventListener("load", () => MathJax.startup?.promise?.then(() => dispatchEvent(new Event("typeset"))));
    document.head.append(script);
  });
})();
