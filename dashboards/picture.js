// Puts the picture that Python drew into the page. It is parsed as XML: what is no well-formed SVG is not shown.
export default function ({ parentElement, data }) {
  const drawn = new DOMParser().parseFromString(data, "image/svg+xml").documentElement;
  const place = parentElement.querySelector(".picture");
  place.replaceChildren(...(drawn.localName === "svg" ? [document.importNode(drawn, true)] : []));
}
