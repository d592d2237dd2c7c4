// Knobs as the browser's own inputs: the browser's half of entropylab/app/board.py.
const PATIENCE = 250  // ms after which the next change is sent even if the last one is not acknowledged
const make = (tag, name = "", text = "") => {
  const node = document.createElement(tag)
  node.className = name
  node.textContent = text
  return node
}
export function render({model}) {
  const place = make("div", "board"), shown = {}, last = {}
  let serial = model.state.acknowledged, flight = 0, due = null
  const say = (name, act, value = null) => {
    last[name] = ++serial
    model.send_msg({serial, name, act, value})
  }
  const ahead = (knob, acknowledged) => acknowledged < last[knob.name]  // the server has not yet processed the last input

  // During a drag the next position waits for the acknowledgement of the last one, and only the newest is sent.
  let waiting = null
  const flush = () => {
    clearTimeout(due)
    due = null
    if (waiting === null) { return }
    const {name, value} = waiting
    waiting = null
    say(name, "turn", value)
    flight = serial
    due = setTimeout(() => { flight = 0; flush() }, PATIENCE)
  }
  const turn = (name, value) => {
    const quiet = waiting === null && flight === 0
    waiting = {name, value}
    if (quiet) { setTimeout(flush) }  // a key both turns and rests: one message
  }
  const rest = (name, value) => {
    waiting = null
    say(name, "rest", value)
  }

  const frame = (knob, kind) => {
    const row = make("div", `knob ${kind}`), label = make(kind === "flag" ? "label" : "span", "label", knob.label)
    if (knob.symbol) { label.insertAdjacentHTML("beforeend", knob.symbol) }
    const why = make("p", "why", knob.meaning), back = make("button", "back", "↺")
    label.title = knob.meaning
    why.id = `why-${knob.name}`
    why.hidden = true
    if (kind !== "flag") { label.onclick = () => { why.hidden = !why.hidden } }
    back.type = "button"
    back.title = knob.reset
    back.setAttribute("aria-label", knob.reset)
    back.onclick = () => say(knob.name, "reset")
    const name = (node, what = knob.label) => {
      node.setAttribute("aria-label", what)
      node.setAttribute("aria-describedby", why.id)
      return node
    }
    const put = (parts, show) => {
      row.append(label, ...parts, back, why)
      return [row, (state, acknowledged) => {
        show(state, acknowledged)
        for (const node of row.querySelectorAll("input, select, .chips button")) { node.disabled = state.idle }
        row.classList.toggle("idle", state.idle)
        back.style.visibility = state.moved ? "visible" : "hidden"
      }]
    }
    return {row, label, name, put}
  }
  const written = (box, knob) => {
    let dirty = false
    const enter = () => {
      if (dirty) { dirty = false; say(knob.name, "enter", box.value) }
    }
    box.type = "text"
    box.autocomplete = "off"
    box.spellcheck = false
    box.oninput = () => { dirty = true }
    box.onkeydown = (event) => { if (event.key === "Enter") { dirty = true; enter() } }
    box.onblur = enter
    return (state, acknowledged) => {
      // what is being typed stays, and what was typed last is not answered by what is said of an earlier text
      if (!dirty && !ahead(knob, acknowledged)) { box.value = state.text }
      box.setAttribute("aria-invalid", String(state.wrong))
    }
  }
  const kinds = {
    number(knob) {
      const {row, name, put} = frame(knob, "numeric")
      const range = name(make("input")), box = name(make("input"), `${knob.label}, a number`)
      const write = written(box, knob), at = (tick) => Math.min(knob.start + tick * knob.step, knob.end)
      const fill = () => range.style.setProperty("--at", `${100 * range.value / (knob.ticks || 1)}%`)
      range.type = "range"
      Object.assign(range, {min: 0, max: knob.ticks, step: 1})
      row.classList.toggle("wide", knob.wide)
      box.inputMode = knob.whole ? "numeric" : "decimal"
      range.oninput = () => {
        fill()
        turn(knob.name, at(range.valueAsNumber))
      }
      range.onchange = () => rest(knob.name, at(range.valueAsNumber))
      return put([range, box], (state, acknowledged) => {
        const tick = Math.round((state.position - knob.start) / knob.step)
        if (waiting?.name !== knob.name && !ahead(knob, acknowledged)) { range.value = tick }
        fill()
        range.setAttribute("aria-valuetext", state.text)
        write(state, acknowledged)
      })
    },
    choice(knob) {
      const {name, put} = frame(knob, "choice")
      const field = make("div", "field"), select = name(make("select"))
      for (const stop of knob.stops) { select.append(new Option(stop, stop)) }
      select.onchange = () => say(knob.name, "choose", select.value)
      field.append(select)
      return put([field], (state) => { select.value = state.value })
    },
    flag(knob) {
      const {label, name, put} = frame(knob, "flag")
      const tick = name(make("input"))
      tick.type = "checkbox"
      tick.onchange = () => say(knob.name, "choose", tick.checked)
      label.prepend(tick)
      return put([], (state) => { tick.checked = state.value })
    },
    set(knob) {
      const {name, put} = frame(knob, "set")
      const chips = name(make("div", "chips"))
      chips.setAttribute("role", "group")
      for (const stop of knob.stops) {
        const chip = make("button", "", stop)
        chip.type = "button"
        chip.onclick = () => {
          const held = (node) => (node.getAttribute("aria-pressed") === "true") !== (node === chip)
          say(knob.name, "choose", [...chips.children].filter(held).map((node) => node.textContent))
        }
        chips.append(chip)
      }
      return put([chips], (state) => {
        for (const chip of chips.children) {
          chip.setAttribute("aria-pressed", String(state.value.includes(chip.textContent)))
        }
      })
    },
    places(knob) {
      const {name, put} = frame(knob, "place")
      const box = name(make("input"))
      return put([box], written(box, knob))
    },
  }
  for (const row of model.rows) {
    if (row.heading) {
      place.append(make("h2", "group", row.heading))
      continue
    }
    const [node, show] = kinds[row.kind](row)
    shown[row.name] = show
    place.append(node)
  }
  const follow = () => {
    const {acknowledged, knobs} = model.state
    serial = Math.max(serial, acknowledged)
    for (const [name, show] of Object.entries(shown)) { show(knobs[name], acknowledged) }
    if (flight && acknowledged >= flight) { flight = 0; flush() }
  }
  follow()
  model.on("state", follow)
  model.on("remove", () => clearTimeout(due))
  return place
}
