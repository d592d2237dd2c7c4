// A square of cells to draw in: the browser's half of entropylab/app/drawing.py.
const FINE = 4, PEN = 2.8, PAUSE = 60, WIDE = 256, LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"
const base64 = (bytes) => {
  let text = ""
  for (let i = 0; i < bytes.length; i += 8192) { text += String.fromCharCode(...bytes.subarray(i, i + 8192)) }
  return btoa(text)
}
export function render({model}) {
  const side = model.side, wide = side * FINE, block = FINE * FINE
  const make = (tag, name, text = "") => {
    const node = document.createElement(tag)
    node.className = name
    node.textContent = text
    return node
  }
  const place = make("div", "drawing"), square = make("div", "square"), tools = make("div", "tools")
  const canvas = document.createElement("canvas"), cursor = make("div", "cursor"), said = make("div", "said")
  canvas.width = canvas.height = side
  canvas.setAttribute("aria-hidden", "true")
  square.tabIndex = 0
  square.setAttribute("role", "application")
  square.setAttribute("aria-label", `${model.label}: ${side} by ${side} cells. Draw with the pointer, or move with the ` +
    "arrow keys, ink with space, wipe with backspace.")
  said.setAttribute("aria-live", "polite")
  square.append(canvas, cursor)
  let bits = new Uint8Array(wide * wide), told = "", row = side >> 1, column = side >> 1, erasing = false, last = null
  let due = null

  const count = () => {
    const ink = new Array(side * side).fill(0)
    bits.forEach((on, i) => {
      ink[side * Math.floor(i / wide / FINE) + Math.floor((i % wide) / FINE)] += on
    })
    return ink.map((n) => Math.round(n * model.most / block))
  }
  const paint = (ink) => {
    const context = canvas.getContext("2d"), pixels = context.createImageData(side, side)
    ink.forEach((level, i) => {
      const shade = Math.round(255 * level / model.most)
      pixels.data.set([shade, shade, shade, 255], 4 * i)
    })
    context.putImageData(pixels, 0, 0)
    square.classList.toggle("empty", !ink.some((level) => level))
  }
  const cell = (r, c, level) => {
    const on = Math.round(level * block / model.most)
    for (let i = 0; i < block; i++) {
      bits[(r * FINE + Math.floor(i / FINE)) * wide + c * FINE + i % FINE] = (i * 7) % block < on ? 1 : 0
    }
  }
  const take = () => {
    if (model.levels === told) { return }
    told = model.levels
    const ink = told === "none" ? new Array(side * side).fill(0) : [...told].map((one) => LEVELS.indexOf(one))
    ink.forEach((level, i) => cell(Math.floor(i / side), i % side, level))
    paint(ink)
  }
  const follow = () => {
    due = null
    model.levels = told
  }
  const changed = (rest) => {
    const ink = count()
    paint(ink)
    told = ink.some((level) => level) ? ink.map((level) => LEVELS[level]).join("") : "none"
    if (rest) {
      clearTimeout(due)
      follow()
      model.send_msg({levels: told})
    } else if (due === null) { due = setTimeout(follow, PAUSE) }
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect()
    return [(event.clientX - box.left) / box.width * wide, (event.clientY - box.top) / box.height * wide]
  }
  const stroke = ([x0, y0], [x1, y1], on) => {
    const long = (x1 - x0) ** 2 + (y1 - y0) ** 2
    for (let i = 0; i < bits.length; i++) {
      const x = i % wide + 0.5, y = Math.floor(i / wide) + 0.5
      const t = long ? Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / long)) : 0
      if ((x - x0 - t * (x1 - x0)) ** 2 + (y - y0 - t * (y1 - y0)) ** 2 < PEN ** 2) { bits[i] = on }
    }
  }
  square.onpointerdown = (event) => {
    square.setPointerCapture(event.pointerId)
    last = at(event)
    stroke(last, last, erasing || event.button === 2 || event.shiftKey ? 0 : 1)
    changed(false)
  }
  square.onpointermove = (event) => {
    if (last === null) { return }
    const here = at(event)
    stroke(last, here, erasing || event.buttons & 2 || event.shiftKey ? 0 : 1)
    last = here
    changed(false)
  }
  square.onpointerup = square.onpointercancel = () => {
    if (last !== null) { last = null; changed(true) }
  }
  square.oncontextmenu = (event) => event.preventDefault()
  const point = () => {
    Object.assign(cursor.style, {left: `${100 * column / side}%`, top: `${100 * row / side}%`,
      width: `${100 / side}%`, height: `${100 / side}%`})
    const level = told === "none" ? 0 : LEVELS.indexOf(told[side * row + column])
    said.textContent = `row ${row + 1}, column ${column + 1}: ink ${level} of ${model.most}`
  }
  square.onfocus = point
  square.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) { return }
    const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key]
    const ink = {" ": model.most, Enter: model.most, Backspace: 0, Delete: 0}[event.key]
    if (step) {
      row = Math.min(side - 1, Math.max(0, row + step[0]))
      column = Math.min(side - 1, Math.max(0, column + step[1]))
    } else if (ink !== undefined) {
      cell(row, column, ink)
      changed(true)
    } else { return }
    event.preventDefault()
    event.stopPropagation()
    point()
  }

  const picture = async (file) => {
    if (file.size > model.largest) { model.send_msg({large: file.name, size: file.size}); return }
    if (!/[.](png|jpe?g)$/i.test(file.name)) {
      model.send_msg({file: file.name, data: base64(new Uint8Array(await file.arrayBuffer()))})
      return
    }
    let image
    try { image = await createImageBitmap(file) } catch { model.send_msg({broken: file.name}); return }
    const scale = Math.min(1, WIDE / Math.max(image.width, image.height)), sheet = document.createElement("canvas")
    sheet.width = Math.max(1, Math.round(scale * image.width))
    sheet.height = Math.max(1, Math.round(scale * image.height))
    const context = sheet.getContext("2d")
    context.fillStyle = "#fff"
    context.fillRect(0, 0, sheet.width, sheet.height)
    context.drawImage(image, 0, 0, sheet.width, sheet.height)
    const rgb = context.getImageData(0, 0, sheet.width, sheet.height).data
    const grey = Uint8Array.from({length: rgb.length / 4}, (_, i) => (rgb[4 * i] + rgb[4 * i + 1] + rgb[4 * i + 2]) / 3)
    model.send_msg({grey: base64(grey), width: sheet.width})
  }
  const input = make("input", "")
  input.type = "file"
  input.accept = ".png,.jpg,.jpeg,.npy,.csv"
  input.onchange = () => { if (input.files[0]) { picture(input.files[0]); input.value = "" } }
  const button = (text, title, act) => {
    const made = make("button", "", text)
    made.type = "button"
    made.title = title
    made.onclick = () => act(made)
    tools.append(made)
  }
  button("Open picture", "PNG, JPG, NPY or CSV; or drop a file on the square", () => input.click())
  button("Erase", "the pointer wipes instead of drawing", (made) => {
    erasing = !erasing
    made.setAttribute("aria-pressed", String(erasing))
  })
  button("Fit", "scale the drawing until it fills the square, as the data's digits do", () => {
    model.send_msg({grey: base64(bits.map((on) => 255 * on)), width: wide})
  })
  square.ondragover = (event) => { event.preventDefault(); square.classList.add("over") }
  square.ondragleave = () => square.classList.remove("over")
  square.ondrop = (event) => {
    event.preventDefault()
    square.classList.remove("over")
    if (event.dataTransfer.files[0]) { picture(event.dataTransfer.files[0]) }
  }

  const able = () => { place.inert = model.disabled }
  take()
  able()
  model.on("levels", take)
  model.on("disabled", able)
  model.on("remove", () => clearTimeout(due))
  const name = make("div", "name", model.label)
  name.title = model.meaning
  place.append(name, square, tools, said, input)
  return place
}
