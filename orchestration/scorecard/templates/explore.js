// The explore page: filters sums, divides them, draws. Every total is a ratio of sums.
const page = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const word = (key, values = {}) =>
  page.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

// -- numbers in the reader's language

const tag = page.language === "ru" ? "ru-RU" : "en-GB";
const DASH = "\u2014";
const MINUS = "\u2212";
const numbers = (digits, options = {}) =>
  new Intl.NumberFormat(tag, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, ...options,
  });
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);
const minus = (text) => text.replace("-", MINUS);
const count = (value) => (known(value) ? minus(numbers(0).format(value + 0)) : DASH);
const decimal = (value) => (known(value) ? minus(numbers(2).format(value)) : DASH);
const withSymbol = (text) =>
  page.language === "ru" ? `${text}\u00a0${page.symbol}` : text.replace(/^(-?)/, `$1${page.symbol}`);
const money = (value) =>
  known(value) ? minus(withSymbol(numbers(0).format(Math.round(value) + 0))) : DASH;
const shortMoney = (value) =>
  !known(value) ? DASH
    : Math.abs(value) < 100000 ? money(value)
      : minus(withSymbol(new Intl.NumberFormat(page.language === "ru" ? tag : "en-US", {
        notation: "compact", maximumFractionDigits: Math.abs(value) < 1e6 ? 0 : 1,
      }).format(value)));
const shareDigits = (value) => (Math.abs(value) >= 0.995 ? 0 : Math.abs(value) >= 0.02 ? 1 : 2);
const percent = (value, digits) => {
  if (!known(value)) return DASH;
  const text = numbers(digits ?? shareDigits(value)).format(value * 100 + 0);
  return minus(page.language === "ru" ? `${text}\u00a0%` : `${text}%`);
};
const signed = (value, digits = 0) => {
  if (!known(value)) return DASH;
  const rounded = Number((value * 100).toFixed(digits));
  return (rounded > 0 ? "+" : "") + percent(rounded / 100 + 0, digits);
};

// -- formulas: the same for the tables, the charts and the calculator

const ratio = (top, bottom) => (known(top) && known(bottom) && bottom > 0 ? top / bottom : null);
const gain = (top, bottom) => {
  const whole = ratio(top, bottom);
  return whole === null ? null : whole - 1;
};
const formulas = {
  // without a counter nobody knows how many came
  validVisits: (s) => (page.tables.traffic.month ? s.visits - s.suspicious : null),
  audience: (s) => s.visits - s.suspicious - s.offAudience,
  suspiciousShare: (s) => ratio(s.suspicious, s.visits),
  conversion: (s) => ratio(s.converted, s.trials),
  cpl: (s) => ratio(s.spend, s.leads),
  cpo: (s) => ratio(s.spend, s.orders),
  cac: (s) => ratio(s.spend, s.newCustomers),
  drr: (s) => ratio(s.spend, s.revenue),
  roas: (s) => ratio(s.revenue, s.spend),
  romi: (s) => gain(s.contribution, s.spend),
  romiFull: (s) => gain(s.contribution, s.fullCost),
  revenueReturn: (s) => gain(s.revenue, s.spend),
};
const MONEY_RATIOS = new Set(["cpl", "cpo", "cac", "drr", "roas", "romi", "romiFull"]);
const MEASURES = {
  spend: money, fullCost: money, visits: count, validVisits: count, audience: count, suspicious: count,
  suspiciousShare: (v) => percent(v, 1), wasted: money,
  converted: count, conversion: (v) => percent(v, 2),
  leads: tenths, cpl: money, qualified: tenths, orders: tenths, cpo: money,
  newCustomers: tenths, cac: money,
  revenue: money, contribution: money, drr: (v) => percent(v, 1), roas: decimal,
  romi: (v) => signed(v), romiFull: (v) => signed(v),
};
// Models that share a lead between channels credit parts of it.
function tenths(value) {
  if (!known(value)) return DASH;
  const rounded = Math.round(value * 10) / 10;
  return numbers(Number.isInteger(rounded) ? 0 : 1).format(rounded + 0);
}
const show = (measure, value) => MEASURES[measure](value);
// As in the marts: over several channels media is answered for by the paid ones, and the whole cost
// by those that marketing works on; a single channel answers for itself.
function partOf(sums, measure) {
  if (!sums.channels || sums.channels.size < 2) return sums;
  if (measure === "romiFull") return { ...sums, ...sums.marketing };
  return MONEY_RATIOS.has(measure) ? { ...sums, ...sums.paid } : sums;
}
function measureOf(sums, measure) {
  if (sums.rateMissing && MONEY_RATIOS.has(measure)) return null;
  if (sums.isUntraced && sums.channels.size > 1 && RETURNS.has(measure)) return null;
  return measure in formulas ? formulas[measure](partOf(sums, measure)) : sums[measure];
}

// As on the scorecard: with less of the revenue traced to channels no return of the whole is shown,
// since sales without a channel would look like a loss of advertising.
const RETURNS = new Set(["drr", "roas", "romi", "romiFull", "cpo", "cac"]);
function tracedShare(first, last) {
  const rows = page.tables.credit;
  let all = 0, traced = 0;
  (rows.month ?? []).forEach((month, i) => {
    if (month < first || month > last || rows.model[i] !== state.model) return;
    all += rows.revenue[i] ?? 0;
    if (!page.channels[page.campaigns[rows.campaign[i]].channel].untraced) traced += rows.revenue[i] ?? 0;
  });
  return all > 0 ? traced / all : null;
}
function withTraced(sums, first, last) {
  const share = tracedShare(first, last);
  return { ...sums, tracedShare: share, isUntraced: known(share) && share < page.leastTraced };
}

// Wilson's interval of a share, 95%.
function wilson(events, trials) {
  if (!(trials > 0)) return null;
  const z = 1.959963984540054, p = events / trials, scale = 1 + (z * z) / trials;
  const centre = p + (z * z) / (2 * trials);
  const margin = z * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return [
    events <= 0 ? 0 : Math.max(0, (centre - margin) / scale),
    events >= trials ? 1 : Math.min(1, (centre + margin) / scale),
  ];
}

// -- sums of a choice

const SUMS = ["spend", "fullCost", "visits", "suspicious", "offAudience", "wasted", "trials",
  "converted", "leads", "qualified", "orders", "newCustomers", "revenue", "contribution"];
const OF_PAID = ["spend", "fullCost", "leads", "orders", "newCustomers", "revenue", "contribution"];
const zeros = (names) => Object.fromEntries(names.map((name) => [name, 0]));
const empty = () => ({
  ...zeros(SUMS), rateMissing: 0, channels: new Set(), paid: zeros(OF_PAID),
  marketing: zeros(["contribution"]),
});
// An unknown margin makes the whole sum unknown; other money that is not known counts as none.
function put(sums, name, value) {
  if (!(name in sums)) return;
  if (value === null) sums[name] = name === "contribution" ? null : sums[name];
  else if (sums[name] !== null) sums[name] += value;
}

// Adds up rows of every table that `keep(month, campaign)` keeps, into one pot for each `key`.
function gather(keep, key) {
  const pots = new Map();
  const add = (table, names, also) => {
    const rows = page.tables[table];
    if (!rows.month) return;
    for (let i = 0; i < rows.month.length; i += 1) {
      if (!keep(rows.month[i], rows.campaign[i]) || (also && !also(rows, i))) continue;
      const place = key(rows.month[i], rows.campaign[i]);
      if (!pots.has(place)) pots.set(place, empty());
      const pot = pots.get(place), number = page.campaigns[rows.campaign[i]].channel;
      const channel = page.channels[number];
      pot.channels.add(number);
      for (const name of names) {
        put(pot, name, rows[name][i]);
        if (channel.paid) put(pot.paid, name, rows[name][i]);
        if (channel.marketing) put(pot.marketing, name, rows[name][i]);
      }
      if (rows.rateMissing && rows.rateMissing[i]) pot.rateMissing += 1;
    }
  };
  add("spend", ["spend", "fullCost"]);
  add("credit", ["leads", "qualified", "orders", "newCustomers", "revenue", "contribution"],
    (rows, i) => rows.model[i] === state.model);
  add("traffic", ["visits", "suspicious", "offAudience", "wasted"]);
  add("goals", ["trials", "converted"], (rows, i) => rows.goal[i] === state.goal);
  return pots;
}

const inPeriod = (month) => month >= state.from && month <= state.to;
const isChosen = (campaign) =>
  state.campaign === null ? state.channels.has(page.campaigns[campaign].channel)
    : campaign === state.campaign;
const total = (keep = isChosen) => withTraced(
  gather((month, campaign) => inPeriod(month) && keep(campaign), () => 0).get(0) ?? empty(),
  state.from, state.to);
const byChannel = () =>
  gather((month, campaign) => inPeriod(month) && isChosen(campaign),
    (_, campaign) => page.campaigns[campaign].channel);
const byCampaign = (channel) =>
  gather((month, campaign) => inPeriod(month) && isChosen(campaign)
    && page.campaigns[campaign].channel === channel, (_, campaign) => campaign);

function maturity() {
  const rows = page.tables.maturity, spend = page.tables.spend;
  if (!rows.month || !spend.month) return null;
  const at = new Map(rows.month.map((month, i) => [`${month} ${rows.channel[i]}`, rows.maturity[i]]));
  let top = 0, bottom = 0;
  for (let i = 0; i < spend.month.length; i += 1) {
    if (!inPeriod(spend.month[i]) || !isChosen(spend.campaign[i])) continue;
    const ripe = at.get(`${spend.month[i]} ${page.campaigns[spend.campaign[i]].channel}`);
    if (known(ripe)) { top += ripe * spend.spend[i]; bottom += spend.spend[i]; }
  }
  return ratio(top, bottom);
}

// -- state

const last = page.months.length - 1;
const initial = () => {
  const to = last > 0 && page.months[last].running ? last - 1 : last;
  return {
    from: Math.max(0, to - 11), to, channels: new Set(page.channels.keys()), campaign: null,
    model: page.headlineModel, goal: 0, measure: "romi", split: false, open: null, opened: new Set(),
  };
};
let state = initial();

// -- elements

function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  if (text !== undefined && text !== "") node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => {
    const option = element("option", text, { value });
    option.selected = String(value) === String(chosen);
    return option;
  }));
}
function fillTable(table, head, rows) {
  const top = element("tr");
  head.forEach((text, i) => top.append(element("th", text, { scope: "col", class: i ? "n" : "" })));
  const body = element("tbody");
  for (const { name, cells, kind = "", button = null } of rows) {
    const line = element("tr", "", { class: kind });
    const first = element("th", button ? "" : name, { scope: "row" });
    if (button) first.append(button);
    line.append(first, ...cells.map((cell) => element("td", cell, { class: "n" })));
    body.append(line);
  }
  const thead = element("thead");
  thead.append(top);
  table.replaceChildren(thead, body);
}

// -- charts

const colour = (role) => COLOURS[role];
// Colours of the day; the style sheet turns them into those of the night and of paper.
const COLOURS = {
  ink: "#1c2330", muted: "#59616f", grid: "#e4e7ec", axis: "#a9b0bc", paper: "#fefefe",
  blue: "#2358b8", sky: "#a9c3ee", band: "#e3ebf8", neutral: "#b6becb", alarm: "#bf2a1e",
};
const config = () => ({
  // Named, not inherited: Vega measures texts by it, and would cut the long ones off.
  background: "transparent", aria: false, font: getComputedStyle(document.body).fontFamily, view: { stroke: null },
  axis: { domain: false, ticks: false, gridColor: colour("grid"), labelColor: colour("muted"),
    labelFontSize: 12, labelPadding: 6, title: null },
  header: { labelColor: colour("ink"), labelFontSize: 13, labelFontWeight: 600, title: null,
    labelAnchor: "start" },
  text: { color: colour("ink"), fontSize: 12 },
});
const locale = {
  decimal: page.language === "ru" ? "," : ".", thousands: page.language === "ru" ? "\u00a0" : ",",
  grouping: [3], currency: ["", ""],
};
let drawn = 0;
const waiting = new Map();

// Draws the newest picture of a place; one that was asked for meanwhile replaces it.
async function draw(place, spec, label, onClick) {
  const node = $(place);
  node.setAttribute("aria-label", label);
  const turn = (waiting.get(place) ?? 0) + 1;
  waiting.set(place, turn);
  document.body.dataset.drawing = "yes";
  if (spec === null) node.replaceChildren(element("p", word(state.channels.size ? "explore.no_figures" : "explore.nothing"), { class: "sad" }));
  else {
    const holder = element("div");
    const result = await window.vegaEmbed(holder, { config: config(), ...spec }, {
      ast: true, actions: false, renderer: "svg", formatLocale: locale, mode: "vega-lite",
      tooltip: { theme: "custom", disableDefaultStyle: true },
    });
    if (waiting.get(place) !== turn) { result.finalize(); return; }
    // The picture speaks through its label and its table, not mark by mark.
    holder.querySelector("svg").setAttribute("aria-hidden", "true");
    node.result?.finalize();
    node.result = result;
    node.replaceChildren(holder);
    if (onClick) result.view.addEventListener("click", (_, item) => {
      if (item?.datum) onClick(item.datum);
    });
  }
  waiting.set(place, turn);
  node.dataset.turn = turn;
  drawn += 1;
  if ([...waiting].every(([id, n]) => Number($(id).dataset.turn) === n)) {
    document.body.dataset.drawing = "no";
    document.body.dataset.drawn = drawn;
  }
}
const widthOf = (id) => Math.max(240, Math.floor($(id).getBoundingClientRect().width));
const isNarrow = () => window.innerWidth < 640;
// Axis labels in the short form of the page: 1.2M, 1,2 млн.
const AXIS_MONEY =
  page.language === "ru"
    ? "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.1~f') + ' млн' : abs(datum.value) >= 1e3 ? format(datum.value / 1e3, ',.1~f') + ' тыс.' : format(datum.value, ',.0f')"
    : "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.1~f') + 'M' : abs(datum.value) >= 1e3 ? format(datum.value / 1e3, ',.1~f') + 'K' : format(datum.value, ',.0f')";
const AXIS_SHARE = page.language === "ru" ? "format(datum.value * 100, ',~f') + '\u00a0%'" : "format(datum.value * 100, ',~f') + '%'";
const axisOf = (measure) => {
  if (["suspiciousShare", "conversion", "drr", "romi", "romiFull"].includes(measure)) return AXIS_SHARE;
  if (measure === "roas") return "format(datum.value, ',~f')";
  return AXIS_MONEY;
};

function drawMoney() {
  const open = state.open;
  const pots = open === null ? byChannel() : byCampaign(open);
  const nameOf = (place) => (open === null ? page.channels[place].name : page.campaigns[place].name);
  const rows = [...pots].filter(([, s]) => s.spend > 0 || s.contribution > 0)
    .sort((a, b) => b[1].spend - a[1].spend || b[1].contribution - a[1].contribution)
    .map(([place, s]) => ({
      place, name: nameOf(place), spend: s.spend, contribution: s.contribution ?? 0,
      tone: s.spend > 0 && (s.contribution ?? 0) < s.spend ? colour("alarm") : colour("blue"),
      words: s.spend > 0 ? `ROMI ${show("romi", measureOf(s, "romi"))}` : "",
      tip: `${word("measure.spend")} ${money(s.spend)}`,
      spendWords: money(s.spend), contributionWords: money(s.contribution),
      revenueWords: money(s.revenue), romiWords: show("romi", measureOf(s, "romi")),
    }));
  const deep = [...state.channels].filter((channel) =>
    channel === open || page.campaigns.filter((campaign) => campaign.channel === channel).length > 1);
  options($("open"), [["", word("explore.back")],
    ...deep.sort((x, y) => x - y).map((channel) => [channel, page.channels[channel].name])], open ?? "");
  if (!rows.length) { draw("money-chart", null, word("explore.money")); return; }
  const narrow = isNarrow(), width = widthOf("money-chart");
  const room = narrow ? 4 : 190, after = narrow ? 100 : 110;
  const order = rows.map((row) => row.name);
  const y = { field: "name", type: "nominal", sort: order,
    axis: narrow ? null : { labelColor: colour("ink"), labelFontSize: 13, labelLimit: room - 12, minExtent: room, maxExtent: room } };
  const tooltip = [
    { field: "name", title: word(open === null ? "explore.channel" : "explore.campaign") },
    { field: "spendWords", title: word("measure.spend") },
    { field: "contributionWords", title: word("measure.contribution") },
    { field: "revenueWords", title: word("measure.revenue") },
    { field: "romiWords", title: "ROMI" },
  ];
  const down = narrow ? 9 : 0;
  const axis = { tickCount: narrow ? 3 : 6, labelExpr: AXIS_MONEY, labelFlush: true };
  const layer = [
    { mark: { type: "bar", color: colour("neutral"), height: 9, yOffset: down - 5, cursor: open === null ? "pointer" : "default" },
      encoding: { x: { field: "spend", type: "quantitative", axis }, y, tooltip } },
    { mark: { type: "bar", height: 9, yOffset: down + 5, cursor: open === null ? "pointer" : "default" },
      encoding: { x: { field: "contribution", type: "quantitative" }, y, tooltip,
        color: { field: "tone", type: "nominal", scale: null } } },
    { transform: [{ calculate: "max(datum.spend, datum.contribution, 0)", as: "end" }],
      mark: { type: "text", align: "left", dx: 6, dy: down, color: colour("muted") },
      encoding: { x: { field: "end", type: "quantitative" }, y, text: { field: "words" } } },
  ];
  if (narrow) layer.push({
    mark: { type: "text", align: "left", dy: -13, fontSize: 13, fontWeight: 600 },
    encoding: { x: { value: 0 }, y, text: { field: "name" } },
  });
  const label = `${word("explore.money")}. ` + rows.slice(0, 6)
    .map((row) => `${row.name}: ${row.spendWords} → ${row.contributionWords}`).join("; ");
  draw("money-chart", {
    data: { values: rows }, layer, width: width - room - after,
    height: (narrow ? 58 : 40) * rows.length,
  }, label, open === null ? (datum) => {
    if (datum.place === undefined || !deep.includes(datum.place)) return;
    state.open = datum.place;
    refresh();
  } : null);
}

function series() {
  const keep = (month, campaign) => inPeriod(month) && isChosen(campaign);
  const months = [];
  for (let month = state.from; month <= state.to; month += 1) months.push(month);
  const lines = [];
  const line = (name, pots, key) => {
    lines.push({ name, points: months.map((month) => {
      const sums = withTraced(pots.get(key(month)) ?? empty(), month, month);
      return { month, sums, value: measureOf(sums, state.measure) };
    }) });
  };
  if (!state.split) {
    line("", gather(keep, (month) => month), (month) => month);
    return lines;
  }
  const deep = state.open !== null;
  const keepOpen = deep
    ? (month, campaign) => keep(month, campaign) && page.campaigns[campaign].channel === state.open
    : keep;
  const unit = (campaign) => (deep ? campaign : page.campaigns[campaign].channel);
  const pots = gather(keepOpen, (month, campaign) => `${unit(campaign)} ${month}`);
  const sizes = gather(keepOpen, (_, campaign) => unit(campaign));
  [...sizes].sort((a, b) => b[1].spend - a[1].spend || b[1].visits - a[1].visits).slice(0, 9)
    .forEach(([place]) => line((deep ? page.campaigns : page.channels)[place].name, pots,
      (month) => `${place} ${month}`));
  return lines;
}

function drawTime() {
  const lines = series(), measure = state.measure;
  const rows = lines.flatMap((line) => line.points.filter((point) => known(point.value))
    .map((point) => {
      const band = measure === "conversion" ? wilson(point.sums.converted, point.sums.trials) : null;
      return {
        line: line.name, month: page.months[point.month].start, value: point.value,
        low: band ? band[0] : null, high: band ? band[1] : null,
        running: page.months[point.month].running, name: page.months[point.month].name,
        words: show(measure, point.value),
        interval: band ? `${percent(band[0], 2)} – ${percent(band[1], 2)}` : "",
      };
    }));
  const running = rows.some((row) => row.running);
  $("time-note").textContent = running ? word("explore.dotted") : "";
  const facets = state.split ? new Set(rows.map((row) => row.line)).size : 1;
  const across = isNarrow() ? 1 : Math.min(3, facets);
  const width = Math.floor((widthOf("time-chart") - 66 * across - 18) / across);
  const x = { field: "month", type: "temporal", scale: { type: "utc", padding: 6 },
    axis: { grid: false, labelExpr: "monthLabels[utcFormat(datum.value, '%Y-%m')]",
      tickCount: isNarrow() || facets > 1 ? 4 : { interval: "month", step: state.to - state.from > 18 ? 3 : 1 }, labelFlush: true } };
  const y = { field: "value", type: "quantitative",
    axis: { tickCount: 4, labelExpr: axisOf(measure), minExtent: 52, maxExtent: 52 } };
  const tooltip = [
    ...(state.split ? [{ field: "line", title: word("explore.channel") }] : []),
    { field: "name", title: word("explore.period") },
    { field: "words", title: word(`measure.${measure}`) },
    ...(measure === "conversion" ? [{ field: "interval", title: word("measure.interval") }] : []),
  ];
  const detail = { field: "line", type: "nominal" };
  const layer = [
    ...(measure === "conversion" ? [{ mark: { type: "area", color: colour("band") },
      encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, detail } }] : []),
    ...(["romi", "romiFull"].includes(measure) ? [{ data: { values: [{ zero: 0 }] }, mark: { type: "rule", color: colour("axis"), strokeWidth: 1.5 }, encoding: { y: { field: "zero", type: "quantitative" } } }] : []),
    { transform: [{ filter: "!datum.running" }], mark: { type: "line", color: colour("blue"), strokeWidth: 2 }, encoding: { x, y, detail } },
    { mark: { type: "line", color: colour("blue"), strokeWidth: 1.5, strokeDash: [2, 3] }, encoding: { x, y, detail } },
    { mark: { type: "point", filled: true, size: 42, color: colour("blue"), opacity: 1 }, encoding: { x, y, tooltip } },
  ];
  const labels = Object.fromEntries(page.months.map((m) => [m.start.slice(0, 7), m.label]));
  const params = [{ name: "monthLabels", value: labels }];
  const first = rows[0], end = rows.at(-1);
  const label = `${word(`measure.${measure}`)}. ` + (first ? `${first.name}: ${first.words}; ${end.name}: ${end.words}` : "");
  if (!rows.length) draw("time-chart", null, label);
  else if (facets === 1) draw("time-chart", { params, data: { values: rows }, layer, width, height: 240 }, label);
  else draw("time-chart", {
    params, data: { values: rows },
    facet: { field: "line", type: "nominal", sort: lines.map((line) => line.name) },
    columns: across, spec: { layer, width, height: 110 },
    resolve: { axis: { x: "independent", y: "independent" } },
  }, label);
  const names = lines.map((line) => line.name || word(`measure.${measure}`));
  const months = lines[0] ? lines[0].points.map((point) => point.month) : [];
  fillTable($("time-table"), [word("explore.period"), ...names], months.map((month, i) => ({
    name: page.months[month].name,
    cells: lines.map((line) => show(measure, line.points[i].value)),
  })));
}

function trafficRows() {
  const rows = new Map();
  const put = (at, name, visits, suspicious, off) => {
    if (!rows.has(at)) rows.set(at, { at, name, visits: 0, suspicious: 0, offAudience: 0 });
    const row = rows.get(at);
    row.visits += visits; row.suspicious += suspicious; row.offAudience += off;
  };
  const months = state.to - state.from + 1;
  if (state.campaign !== null || months > 18) {
    gather((month, campaign) => inPeriod(month) && isChosen(campaign), (month) => month)
      .forEach((s, month) => put(page.months[month].start, page.months[month].name, s.visits, s.suspicious, s.offAudience));
    return ["month", [...rows.values()]];
  }
  const days = page.tables.days, begin = page.months[state.from].start;
  const after = page.months[state.to + 1]?.start ?? "9999";
  const dayName = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const step = months > 3 ? 7 : 1;
  for (let i = 0; i < (days.day?.length ?? 0); i += 1) {
    if (days.day[i] < begin || days.day[i] >= after || !state.channels.has(days.channel[i])) continue;
    const day = new Date(`${days.day[i]}T00:00:00Z`);
    // weeks begin on Monday
    if (step === 7) day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
    put(day.toISOString().slice(0, 10), dayName.format(day), days.visits[i], days.suspicious[i], days.offAudience[i]);
  }
  return [step === 7 ? "week" : "day", [...rows.values()]];
}

function drawTraffic() {
  const [unit, found] = trafficRows();
  found.sort((a, b) => (a.at < b.at ? -1 : 1));
  $("traffic-note").textContent = word(`explore.by_${unit}`);
  const kinds = [["audience", "sky"], ["offAudience", "neutral"], ["suspicious", "alarm"]];
  const values = found.flatMap((row) => {
    let bottom = 0;
    return kinds.map(([kind, role]) => {
      const size = measureOf(row, kind), from = bottom;
      bottom += size;
      return { at: row.at, name: row.name, from, to: bottom, tone: colour(role),
        visits: count(row.visits), audience: count(measureOf(row, "audience")),
        off: count(row.offAudience), suspicious: count(row.suspicious),
        share: show("suspiciousShare", measureOf(row, "suspiciousShare")) };
    });
  });
  const width = widthOf("traffic-chart") - 62;
  const bar = Math.max(1.5, width / Math.max(found.length, 1) - (found.length > 60 ? 1 : 3));
  const label = `${word("explore.traffic")}. ${word(`explore.by_${unit}`)}`;
  const dates = { day: "numeric", month: "short" };
  if (!values.length) draw("traffic-chart", null, label);
  else draw("traffic-chart", {
    data: { values }, width, height: 220,
    params: [{ name: "dayLabels", value: Object.fromEntries(found.map((row) => {
      const day = new Date(`${row.at}T00:00:00Z`);
      return [row.at, new Intl.DateTimeFormat(tag, { ...(unit === "month" ? { month: "short", year: "2-digit" } : dates), timeZone: "UTC" }).format(day)];
    })) }],
    mark: { type: "bar", width: bar },
    encoding: {
      x: { field: "at", type: "temporal", scale: { type: "utc", padding: bar / 2 + 2 },
        axis: { grid: false, tickCount: isNarrow() ? 4 : 8, labelExpr: unit === "month" || unit === "week" ? "utcFormat(datum.value, '%d.%m.%y')" : "dayLabels[utcFormat(datum.value, '%Y-%m-%d')] || ''", labelFlush: true } },
      y: { field: "to", type: "quantitative", axis: { tickCount: 4, format: ",.0f", minExtent: 48, maxExtent: 48 } },
      y2: { field: "from" },
      color: { field: "tone", type: "nominal", scale: null },
      tooltip: [
        { field: "name", title: word("explore.period") },
        { field: "visits", title: word("measure.visits") },
        { field: "audience", title: word("measure.audience") },
        { field: "off", title: word("measure.offAudience") },
        { field: "suspicious", title: word("measure.suspicious") },
        { field: "share", title: word("measure.suspiciousShare") },
      ],
    },
  }, label);
  fillTable($("traffic-table"),
    [word("explore.period"), ...["visits", "audience", "offAudience", "suspicious", "suspiciousShare"].map((m) => word(`measure.${m}`))],
    [...found].reverse().map((row) => ({
      name: row.name,
      cells: [count(row.visits), count(measureOf(row, "audience")), count(row.offAudience),
        count(row.suspicious), show("suspiciousShare", measureOf(row, "suspiciousShare"))],
    })));
}

// -- tables and totals

const CARDS = ["spend", "revenue", "contribution", "romi", "romiFull", "drr", "validVisits",
  "suspiciousShare", "conversion", "leads", "cpl", "orders", "cpo", "cac"];
const COLUMNS = ["spend", "contribution", "romi", "romiFull", "revenue", "drr", "roas", "validVisits",
  "suspiciousShare", "wasted", "conversion", "leads", "cpl", "qualified", "orders", "cpo",
  "newCustomers", "cac"];

function drawTotals() {
  const sums = total();
  const names = state.campaign === null
    ? state.channels.size === page.channels.length ? word("explore.back")
      : [...state.channels].sort((a, b) => a - b).map((c) => page.channels[c].name).join(", ")
    : page.campaigns[state.campaign].name;
  const [a, b] = [page.months[state.from].name, page.months[state.to].name];
  $("choice").textContent = `${a === b ? a : `${a} – ${b}`} · ${names}`;
  $("cards").replaceChildren(...CARDS.map((measure) => {
    const card = element("div"), value = measureOf(sums, measure);
    const figure = element("dd", (["spend", "revenue", "contribution"].includes(measure)
      ? shortMoney : MEASURES[measure])(value), { "data-measure": measure });
    figure.dataset.value = value === null ? "" : value;
    if (["romi", "romiFull"].includes(measure) && value < 0) figure.classList.add("alarm");
    if (measure === "conversion") {
      const band = wilson(sums.converted, sums.trials);
      if (band) figure.append(element("small", `${percent(band[0], 2)} – ${percent(band[1], 2)}`));
    }
    card.append(element("dt", measure === "conversion" && page.goals.length
      ? `${word("explore.goal")} «${page.goals[state.goal].name}»`.replace(/«(.*)»/, page.language === "ru" ? "«$1»" : "“$1”")
      : word(`measure.${measure}`)), figure);
    return card;
  }));
  const notes = [], ripe = maturity();
  if (sums.rateMissing) notes.push(word("explore.rate_missing"));
  if (sums.isUntraced) notes.push(word("explore.untraced", { share: percent(sums.tracedShare, 0) }));
  if (known(ripe) && ripe < 0.8) notes.push(word("explore.young", { share: percent(ripe, 0) }));
  if (page.months[state.to].running) notes.push(word("explore.running", { month: page.months[state.to].name }));
  if (sums.channels.size > 1) notes.push(word("explore.paid_note"));
  for (const change of page.ruleChanges) {
    const isInside = change.month <= state.to
      && (change.month > state.from || (change.month === state.from && !change.opensMonth));
    if (change.goal === state.goal && isInside)
      notes.push(word("explore.rule_changed", { name: page.goals[change.goal].name, day: change.day }));
  }
  $("notes").replaceChildren(...notes.map((text) => element("p", text)));
}

function drawTable() {
  const head = [word("explore.channel"), ...COLUMNS.map((m) => word(`measure.${m}`))];
  const cells = (sums) => COLUMNS.map((measure) => show(measure, measureOf(sums, measure)));
  const rows = [];
  [...byChannel()].sort((a, b) => b[1].spend - a[1].spend || b[1].revenue - a[1].revenue)
    .forEach(([channel, sums]) => {
      const name = page.channels[channel].name, campaigns = byCampaign(channel);
      const isOpen = state.opened.has(channel);
      let button = null;
      if (campaigns.size > 1) {
        button = element("button", `${isOpen ? "▾" : "▸"} ${name}`, {
          type: "button", "aria-expanded": String(isOpen), title: word("explore.open"),
          "data-channel": channel,
        });
        button.addEventListener("click", () => {
          if (isOpen) state.opened.delete(channel); else state.opened.add(channel);
          drawTable();
          document.querySelector(`[data-channel="${channel}"]`).focus();
        });
      }
      rows.push({ name, cells: cells(sums), kind: "channel", button });
      if (isOpen) [...campaigns].sort((a, b) => b[1].spend - a[1].spend).forEach(([campaign, part]) =>
        rows.push({ name: page.campaigns[campaign].name, cells: cells(part), kind: "campaign" }));
    });
  rows.push({ name: word("explore.total"), cells: cells(total()), kind: "total" });
  fillTable($("figures"), head, rows);
}

// -- filters

function drawFilters() {
  options($("from"), page.months.map((m, i) => [i, m.name]), state.from);
  options($("to"), page.months.map((m, i) => [i, m.name]), state.to);
  options($("model"), page.models.map((m, i) => [i, m.name]), state.model);
  options($("goal"), page.goals.map((g, i) => [i, g.name]), state.goal);
  $("goal-label").hidden = page.goals.length === 0;
  options($("measure"), Object.keys(MEASURES).map((m) => [m, word(`measure.${m}`)]), state.measure);
  $("split").checked = state.split;
  $("split-words").textContent = word(state.open === null ? "explore.split" : "explore.split_campaign");
  const groups = [element("option", word("explore.all_campaigns"), { value: "" })];
  [...state.channels].sort((a, b) => a - b).forEach((channel) => {
    const group = element("optgroup", "", { label: page.channels[channel].name });
    page.campaigns.forEach((campaign, place) => {
      if (campaign.channel !== channel) return;
      const option = element("option", campaign.name, { value: place });
      option.selected = place === state.campaign;
      group.append(option);
    });
    groups.push(group);
  });
  $("campaign").replaceChildren(...groups);
  document.querySelectorAll("#channels input").forEach((box) => {
    box.checked = state.channels.has(Number(box.value));
  });
}

function refresh() {
  drawFilters();
  drawTotals();
  drawMoney();
  drawTable();
  drawTime();
  drawTraffic();
}

function listen() {
  const boxes = page.channels.map((channel, place) => {
    const label = element("label"), box = element("input", "", { type: "checkbox", value: place });
    label.append(box, document.createTextNode(channel.name));
    box.addEventListener("change", () => {
      if (box.checked) state.channels.add(place); else state.channels.delete(place);
      if (state.campaign !== null && !state.channels.has(page.campaigns[state.campaign].channel)) state.campaign = null;
      if (state.open === place) state.open = null;
      refresh();
    });
    return label;
  });
  $("channels").replaceChildren(...boxes);
  const on = (id, kind, act) => $(id).addEventListener(kind, () => { act($(id)); refresh(); });
  on("from", "change", (node) => { state.from = Number(node.value); state.to = Math.max(state.to, state.from); });
  on("to", "change", (node) => { state.to = Number(node.value); state.from = Math.min(state.to, state.from); });
  on("model", "change", (node) => { state.model = Number(node.value); });
  on("goal", "change", (node) => { state.goal = Number(node.value); });
  on("measure", "change", (node) => { state.measure = node.value; });
  on("split", "change", (node) => { state.split = node.checked; });
  on("open", "change", (node) => { state.open = node.value === "" ? null : Number(node.value); });
  on("campaign", "change", (node) => {
    state.campaign = node.value === "" ? null : Number(node.value);
    state.open = state.campaign === null ? null : page.campaigns[state.campaign].channel;
  });
  on("all-channels", "click", () => { state.channels = new Set(page.channels.keys()); });
  on("paid-channels", "click", () => {
    state.channels = new Set([...page.channels.keys()].filter((c) => page.channels[c].paid));
    state.campaign = null; state.open = null;
  });
  on("reset", "click", () => { state = initial(); });
  document.querySelectorAll("[data-months]").forEach((button) => button.addEventListener("click", () => {
    const months = Number(button.dataset.months), start = initial();
    state.to = months ? start.to : last;
    state.from = months ? Math.max(0, state.to - months + 1) : 0;
    refresh();
  }));
}

// -- what-if

const FIELDS = ["spend", "revenue", "margin", "vat", "returns", "salaries", "tools", "anyway"];
const EXAMPLE = { spend: 100000, revenue: 150000, margin: 40, vat: 0, returns: 0, salaries: 0, tools: 0, anyway: 0 };

// From the sums of a report to what is left of them, step by step.
function whatIf(input) {
  const rate = input.vat / 100;
  const spend = input.recoverable ? input.spend / (1 + rate) : input.spend;
  const vat = input.revenue - input.revenue / (1 + rate);
  const net = input.revenue - vat;
  const returned = net * (input.returns / 100);
  const kept = net - returned;
  const anyway = kept * (input.anyway / 100);
  const caused = kept - anyway;
  const contribution = caused * (input.margin / 100);
  const fullCost = spend + input.salaries + input.tools;
  const sums = { spend, fullCost, revenue: kept, contribution };
  return {
    sales: input.revenue, vat, returned, anyway, goods: caused - contribution, contribution, spend,
    profit: contribution - spend, people: input.salaries + input.tools,
    full: contribution - fullCost,
    romi: formulas.romi(sums), romiFull: formulas.romiFull(sums), roas: formulas.roas(sums),
    drr: formulas.drr(sums),
    // The simple count knows no VAT: both sums as they were paid.
    naive: formulas.revenueReturn({ revenue: input.revenue, spend: input.spend }),
    breakEvenMargin: ratio(spend, caused), breakEvenRoas: ratio(1, input.margin / 100),
  };
}

function readInputs() {
  const input = Object.fromEntries(FIELDS.map((name) => {
    const value = Number.parseFloat($(`w-${name}`).value);
    return [name, Number.isFinite(value) && value >= 0 ? value : 0];
  }));
  for (const name of ["margin", "vat", "returns", "anyway"]) input[name] = Math.min(input[name], 100);
  return { ...input, recoverable: $("w-recoverable").checked };
}

function drawWhatIf() {
  const input = readInputs(), r = whatIf(input);
  const near = known(r.romi) && Math.abs(r.profit) < 0.5;
  $("w-verdict").textContent = r.romi === null ? word("whatif.no_spend")
    : near ? word("whatif.verdict_even")
      : word(r.profit > 0 ? "whatif.verdict_profit" : "whatif.verdict_loss",
        { profit: money(Math.abs(r.profit)), romi: `ROMI ${signed(r.romi)}` });
  if (r.romi !== null && r.people > 0) {
    $("w-verdict").textContent += ` ${word("whatif.verdict_full", { full: money(r.full), romi: signed(r.romiFull) })}`;
  }
  $("w-verdict").classList.toggle("alarm", r.romi !== null && !near && r.profit < 0);
  $("w-why").textContent = r.naive === null ? ""
    : Math.abs(r.naive - (r.romiFull ?? 9)) < 1e-9 ? word("whatif.why_true")
      : word("whatif.why", { naive: signed(r.naive) });
  const steps = [
    ["sales", r.sales, "sum"], ["vat", -r.vat], ["returns", -r.returned], ["anyway", -r.anyway],
    ["goods", -r.goods], ["contribution", r.contribution, "sum"], ["spend", -r.spend],
    ["profit", r.profit, "sum"], ["people", -r.people], ["full", r.full, "sum"],
  ].filter(([name, value]) => value !== 0 || ["sales", "contribution", "spend", "profit"].includes(name))
    .filter(([name], _, all) => name !== "full" || all.some(([other]) => other === "people"));
  fillTable($("ladder"), [word("whatif.step"), word("whatif.sum")], steps.map(([name, value, kind]) => ({
    name: word(`whatif.step_${name}`), cells: [money(value)], kind: kind ?? "",
  })));
  const ratios = [
    ["naive", signed(r.naive)], ["romi", signed(r.romi, 1)], ["romi_full", signed(r.romiFull, 1)],
    ["roas", decimal(r.roas)], ["drr", percent(r.drr, 1)],
    ["break_even_margin", percent(r.breakEvenMargin, 1)], ["break_even_roas", decimal(r.breakEvenRoas)],
  ];
  $("w-ratios").replaceChildren(...ratios.map(([name, text]) => {
    const line = element("div");
    line.append(element("dt", word(`whatif.${name}`)), element("dd", text, { "data-result": name }));
    return line;
  }));
  const margins = new Set([100, 50, 40, 30, 20]);
  if (r.breakEvenMargin !== null && r.breakEvenMargin <= 1) margins.add(r.breakEvenMargin * 100);
  margins.add(input.margin);
  fillTable($("margins"), [word("whatif.margin_column"), "ROMI"], [...margins].sort((a, b) => b - a).map((margin) => ({
    name: percent(margin / 100, Number.isInteger(margin) ? 0 : 1),
    cells: [signed(whatIf({ ...input, margin }).romi)],
    kind: margin === input.margin ? "now" : "",
  })));
  let level = 0;
  const bars = steps.map(([name, value, kind]) => {
    const from = kind ? 0 : level;
    level = kind ? value : level + value;
    return { name: word(`whatif.step_${name}`), from, to: level, words: money(value),
      tone: kind ? (value < 0 ? colour("alarm") : colour("blue")) : colour("neutral") };
  });
  const narrow = isNarrow(), room = narrow ? 146 : 190;
  // Long names are broken at their last space: a phone has no room for them in one line.
  const broken = "length(datum.label) > 16 && lastindexof(datum.label, ' ') > 0"
    + " ? [slice(datum.label, 0, lastindexof(datum.label, ' ')), slice(datum.label, lastindexof(datum.label, ' ') + 1)]"
    + " : datum.label";
  const y = { field: "name", type: "nominal", sort: bars.map((bar) => bar.name),
    axis: { labelColor: colour("ink"), labelLimit: room - 8, minExtent: room, maxExtent: room, labelFontSize: narrow ? 12 : 13,
      ...(narrow ? { labelExpr: broken, labelLineHeight: 13 } : {}) } };
  const tooltip = [{ field: "name", title: word("whatif.step") }, { field: "words", title: word("whatif.sum") }];
  draw("ladder-chart", {
    data: { values: bars }, width: widthOf("ladder-chart") - room - 16, height: (narrow ? 32 : 26) * bars.length,
    layer: [
      { mark: { type: "bar", height: 15 }, encoding: {
        x: { field: "from", type: "quantitative", axis: { tickCount: narrow ? 2 : 4, labelExpr: AXIS_MONEY } },
        x2: { field: "to" }, y, tooltip, color: { field: "tone", type: "nominal", scale: null } } },
      { data: { values: [{ zero: 0 }] }, mark: { type: "rule", color: colour("axis") }, encoding: { x: { field: "zero", type: "quantitative" } } },
    ],
  }, `${word("whatif.result")}: ${$("w-verdict").textContent}`);
}

function setInputs(values) {
  for (const name of FIELDS) $(`w-${name}`).value = Math.round((values[name] ?? 0) * 10000) / 10000;
  drawWhatIf();
}

$("w-recoverable").checked = true;
$("inputs").addEventListener("input", drawWhatIf);
$("inputs").addEventListener("submit", (event) => event.preventDefault());
$("example").addEventListener("click", () => setInputs(EXAMPLE));
if (page.months.length) {
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("from-selection").addEventListener("click", () => {
    // The return of the card: what was sold without advertising does not pay for it.
    const sums = partOf(total(), "romi"), costs = Math.max(0, sums.fullCost - sums.spend);
    const margin = ratio(sums.contribution, sums.revenue);
    setInputs({ ...EXAMPLE, spend: sums.rateMissing ? 0 : sums.spend, revenue: sums.revenue,
      tools: costs, margin: margin === null ? readInputs().margin : margin * 100 });
  });
  listen();
  refresh();
}
setInputs(EXAMPLE);
let timer = null, seen = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === seen) return;
  seen = window.innerWidth;
  clearTimeout(timer);
  timer = setTimeout(() => { if (page.months.length) refresh(); drawWhatIf(); }, 150);
});
