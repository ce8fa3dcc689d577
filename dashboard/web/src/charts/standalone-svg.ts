import { cssColor } from './save.js';

/** The page's rules for marks in plots, with its colours written into them. */
const rules = (): string =>
  `svg{background:${cssColor('--panel')};font:12px system-ui,sans-serif;fill:${cssColor('--text')}}` +
  `.grid-line{stroke:${cssColor('--line')}}.mark{fill:${cssColor('--accent')};fill-opacity:.55}` +
  `.on-front,.mark.chosen{fill:${cssColor('--second')};fill-opacity:1}.front{fill:none;stroke:${cssColor('--second')}}` +
  `.service{fill:none;stroke:${cssColor('--idle')};stroke-opacity:.35}` +
  `.service.chosen{stroke:${cssColor('--second')};stroke-opacity:.9}`;

/** A plot of the page with its colours and size written into it, so that it needs no page around it. */
export function standaloneSvg(picture: SVGSVGElement | null): string {
  const copy = picture?.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return '';
  const { width, height } = copy.viewBox.baseVal;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  style.textContent = rules();
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}
