// One element draws one chart with plotly.js. Only some outputs of a notebook bring that library along: until it is there, and if
// it never comes, the picture stays. Nothing is fetched, and nothing global is used but the element's and the library's names.
(() => {
  const NAME = '__NAME__', LIBRARY = '__LIBRARY__';
  const CURVES = __CURVES__;
  const library = window[LIBRARY] ??= (() => { const l = {}; l.ready = new Promise(resolve => { l.arrived = resolve; }); return l; })();

  async function gunzip(base64) {
    const text = atob(base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  }

  // Left alone, plotly.js would hand itself to require.js where a page has it, or take the place of a page's own Plotly.
  async function bring(base64) {
    if (library.coming) return;
    library.coming = true;
    try {
      const script = document.createElement('script');
      script.textContent = '(() => { const module = { exports: {} }, exports = module.exports, define = undefined;\n' +
        await gunzip(base64) +
        '\nwindow["' + LIBRARY + '"].arrived(module.exports); })();';
      document.head.append(script);
      script.remove();
    } catch (e) {
      library.coming = false;
      console.warn('The chart library could not start (' + e.message + '); charts stay pictures.');
    }
  }

  // The page's text colour, whatever notation it is written in.
  function ink(element) {
    const context = document.createElement('canvas').getContext('2d');
    context.fillStyle = getComputedStyle(element).color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return { css: `rgb(${r},${g},${b})`, light: 0.2126 * r + 0.7152 * g + 0.0722 * b > 127 };
  }

  class Chart extends HTMLElement {
    connectedCallback() { this.start(); }

    // While a page is parsed the element is there before its JSON is; the script after it then starts it.
    async start() {
      const json = this.querySelector('script[type="application/json"]');
      if (this.started || !json) return;
      this.started = true;
      const packed = this.querySelector('script[type="text/plain"]');
      if (packed) bring(packed.textContent.trim());
      const plotly = await library.ready, picture = this.querySelector('img, p');
      const box = document.createElement('div');
      box.style.cssText = 'width:100%;height:' + Number(this.dataset.height) + 'px';
      this.querySelectorAll(':scope > div').forEach(old => old.remove());
      this.append(box);
      picture.style.display = 'none';
      try {
        await this.draw(plotly, box, JSON.parse(json.textContent));
        this.dataset.ready = '';
      } catch (e) {
        box.remove();
        picture.style.display = '';
        console.warn('A chart stays a picture: ' + e.message);
      }
    }

    async draw(plotly, box, { data, layout }) {
      const color = ink(this), line = 'rgba(128,128,128,0.3)', curves = color.light ? CURVES.dark : CURVES.light;
      if ('theme' in this.dataset) data.forEach((trace, i) => { (trace.line ??= {}).color ??= curves[i % curves.length]; });
      const themed = { paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', colorway: curves, autosize: true, ...layout };
      themed.font = { family: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif', size: 12, color: color.css, ...layout.font };
      for (const axis of ['xaxis', 'yaxis']) themed[axis] = {
        gridcolor: line, linecolor: color.css, zeroline: false, showline: true, ...layout[axis] };
      themed.hoverlabel = { bgcolor: color.light ? '#20262d' : '#ffffff', bordercolor: line,
        font: { color: color.light ? '#e6e9ec' : '#1b1f24' }, ...layout.hoverlabel };
      themed.modebar = { bgcolor: 'rgba(0,0,0,0)', color: 'rgba(128,128,128,0.7)', activecolor: color.css, ...layout.modebar };
      await plotly.newPlot(box, data, themed, {
        displaylogo: false, displayModeBar: 'hover', plotlyServerURL: '', topojsonURL: '', showSendToCloud: false, responsive: true,
          modeBarButtonsToRemove: ['select2d', 'lasso2d', 'sendDataToCloud'],
      });
      new ResizeObserver(() => { if (box.clientWidth > 0) plotly.Plots.resize(box); }).observe(this);
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, Chart);
  // A notebook that is reopened may run this before the page has made the element what it is; it then starts by itself.
  document.querySelectorAll(NAME).forEach(chart => chart.start?.());
})();
