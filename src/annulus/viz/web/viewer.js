// Shows the scenes of annulus (binary glTF in the annulus frame) in a page: plain WebGL 2, no other file, no network.
// const viewer = new AnnulusViewer(element); viewer.load("after", arrayBuffer); viewer.show("after");
"use strict";
(function () {
  const VERTEX = `#version 300 es
    in vec3 position; in vec3 normal; in vec4 color;
    uniform vec3 right, up, towards, centre; uniform vec2 half_size; uniform float depth;
    out vec3 n, at; out vec4 c;
    void main() {
      at = position;
      vec3 p = position - centre;
      n = vec3(dot(normal, right), dot(normal, up), dot(normal, towards));
      c = color;
      gl_Position = vec4(dot(p, right) / half_size.x, dot(p, up) / half_size.y, -dot(p, towards) / depth, 1.0);
    }`;
  const FRAGMENT = `#version 300 es
    precision highp float;
    in vec3 n, at; in vec4 c; uniform vec4 base; uniform float lit; uniform vec3 cut; out vec4 result;
    void main() {
      if (dot(at, cut) > 0.0) discard;
      vec3 rgb = base.rgb * c.rgb; float alpha = base.a * c.a;
      if (lit > 0.5) {
        vec3 m = normalize(n); if (m.z < 0.0) m = -m;
        float key = max(dot(m, normalize(vec3(-0.35, 0.55, 0.75))), 0.0), fill = max(dot(m, vec3(0.5, -0.3, 0.81)), 0.0);
        float shine = pow(max(dot(m, normalize(vec3(-0.18, 0.28, 0.94))), 0.0), 30.0);
        if (alpha < 1.0) alpha = min(1.0, alpha * (1.0 + 1.6 * (1.0 - m.z)));
        rgb = rgb * (0.32 + 0.55 * key + 0.25 * fill) + 0.12 * shine;
      }
      result = vec4(pow(rgb, vec3(1.0 / 2.2)) * alpha, alpha);
    }`;
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (a) => { const l = Math.hypot(...a); return a.map((x) => x / l); };
  const turn = (a, k, angle) => {
    const c = Math.cos(angle), s = Math.sin(angle), kxa = cross(k, a), ka = dot(k, a);
    return a.map((x, i) => x * c + kxa[i] * s + k[i] * ka * (1 - c));
  };

  function parse(buffer) {
    const head = new DataView(buffer);
    if (head.getUint32(0, true) !== 0x46546c67) throw new Error("the scene is no binary glTF");
    const length = head.getUint32(12, true);
    const gltf = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length)));
    const start = 28 + length;
    const kinds = { 5126: Float32Array, 5125: Uint32Array, 5123: Uint16Array, 5121: Uint8Array };
    const read = (index) => {
      const a = gltf.accessors[index], v = gltf.bufferViews[a.bufferView];
      const width = { SCALAR: 1, VEC3: 3, VEC4: 4 }[a.type];
      return new kinds[a.componentType](buffer, start + v.byteOffset, a.count * width);
    };
    const bodies = gltf.nodes.filter((node) => node.mesh !== undefined).map((node) => {
      const p = gltf.meshes[node.mesh].primitives[0], m = gltf.materials[p.material];
      const points = read(p.attributes.POSITION), cells = read(p.indices);
      return {
        name: node.name, points, cells, lines: p.mode === 1, base: m.pbrMetallicRoughness.baseColorFactor,
        colors: p.attributes.COLOR_0 === undefined ? null : read(p.attributes.COLOR_0),
        lit: p.mode !== 1 && !(m.extensions && m.extensions.KHR_materials_unlit),
        normals: p.mode === 1 ? null : normals(points, cells),
      };
    });
    return { bodies, extras: gltf.scenes[0].extras };
  }

  function normals(points, cells) {
    const out = new Float32Array(points.length);
    for (let t = 0; t < cells.length; t += 3) {
      const i = 3 * cells[t], j = 3 * cells[t + 1], k = 3 * cells[t + 2];
      const ux = points[j] - points[i], uy = points[j + 1] - points[i + 1], uz = points[j + 2] - points[i + 2];
      const vx = points[k] - points[i], vy = points[k + 1] - points[i + 1], vz = points[k + 2] - points[i + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      for (const a of [i, j, k]) { out[a] += x; out[a + 1] += y; out[a + 2] += z; }
    }
    return out;
  }

  class AnnulusViewer {
    constructor(element) {
      this.element = element;
      element.classList.add("annulus-viewer");
      element.tabIndex = 0;
      this.canvas = document.createElement("canvas");
      this.overlay = document.createElement("div");
      this.overlay.className = "annulus-labels";
      element.append(this.canvas, this.overlay);
      this.models = {};
      this.shown = null;
      this.hidden = new Set();
      this.labels = true;
      this.frames = 0;
      this.camera = null;
      this.gl = this.canvas.getContext("webgl2", { antialias: true, preserveDrawingBuffer: true, alpha: false });
      if (!this.gl) {
        element.classList.add("annulus-no-gl");
        this.overlay.textContent = "This browser has no WebGL 2: the 3D scene cannot be shown; the numbers are complete.";
        return;
      }
      this.program = this.compile();
      this.listen();
      new ResizeObserver(() => this.draw()).observe(element);
    }

    compile() {
      const gl = this.gl, program = gl.createProgram();
      for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source.trim());
        gl.compileShader(shader);
        if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
        gl.attachShader(program, shader);
      }
      ["position", "normal", "color"].forEach((name, place) => gl.bindAttribLocation(program, place, name));
      gl.linkProgram(program);
      const at = {};
      for (const name of ["right", "up", "towards", "centre", "half_size", "depth", "base", "lit", "cut"])
        at[name] = gl.getUniformLocation(program, name);
      this.at = at;
      return program;
    }

    load(name, buffer) {
      if (!this.gl) return;
      const gl = this.gl, model = parse(buffer), old = this.models[name];
      const put = (target, values) => {
        const id = gl.createBuffer();
        gl.bindBuffer(target, id);
        gl.bufferData(target, values, gl.STATIC_DRAW);
        return id;
      };
      for (const body of model.bodies) {
        body.array = gl.createVertexArray();
        gl.bindVertexArray(body.array);
        body.buffers = [put(gl.ARRAY_BUFFER, body.points)];
        gl.enableVertexAttribArray(0);
        gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
        if (body.normals) {
          body.buffers.push(put(gl.ARRAY_BUFFER, body.normals));
          gl.enableVertexAttribArray(1);
          gl.vertexAttribPointer(1, 3, gl.FLOAT, false, 0, 0);
        }
        if (body.colors) {
          body.buffers.push(put(gl.ARRAY_BUFFER, body.colors));
          gl.enableVertexAttribArray(2);
          gl.vertexAttribPointer(2, 4, gl.UNSIGNED_BYTE, true, 0, 0);
        }
        body.buffers.push(put(gl.ELEMENT_ARRAY_BUFFER, body.cells));
        body.wide = body.cells instanceof Uint32Array;
        body.n = body.cells.length;
        gl.bindVertexArray(null);
        body.points = body.normals = body.colors = body.cells = null;
      }
      if (old) for (const body of old.bodies) {
        gl.deleteVertexArray(body.array);
        body.buffers.forEach((id) => gl.deleteBuffer(id));
      }
      this.models[name] = model;
      if (!this.shown) this.shown = name;
      if (!this.camera) this.setView(model.extras.views[0].name);
      else if (name === this.shown) this.draw();
    }

    get extras() { return this.models[this.shown] ? this.models[this.shown].extras : { views: [], labels: [], fit: [] }; }

    show(name) { if (this.models[name]) { this.shown = name; this.draw(); } }

    toggle(prefix, on) { on ? this.hidden.delete(prefix) : this.hidden.add(prefix); this.draw(); }

    setView(name) {
      const view = this.extras.views.find((row) => row.name === name);
      if (!view) return;
      const towards = unit(view.towards), up = unit(view.up), right = cross(up, towards);
      let low = [1e9, 1e9, 1e9], high = [-1e9, -1e9, -1e9];
      for (const p of this.extras.fit) [right, up, towards].forEach((axis, k) => {
        const x = dot(p, axis);
        low[k] = Math.min(low[k], x); high[k] = Math.max(high[k], x);
      });
      const middle = low.map((x, k) => (x + high[k]) / 2);
      const centre = [0, 1, 2].map((k) => middle[0] * right[k] + middle[1] * up[k] + middle[2] * towards[k]);
      this.camera = { right, up, towards, centre, wide: (high[0] - low[0]) / 2 + 11, high: (high[1] - low[1]) / 2 + 9, zoom: 1,
        cut: view.cut ? towards : [0, 0, 0] };
      this.view = name;
      this.draw();
      this.element.dispatchEvent(new CustomEvent("viewchange", { detail: name }));
    }

    rotate(x, y) {
      const c = this.camera;
      for (const [axis, angle] of [[c.up, -x], [c.right, -y]]) {
        const next = ["right", "up", "towards"].map((name) => unit(turn(c[name], axis, angle)));
        [c.right, c.up, c.towards] = next;
      }
      this.view = "";
      this.draw();
    }

    half() {
      const aspect = this.element.clientWidth / Math.max(1, this.element.clientHeight), c = this.camera;
      const high = Math.max(c.high, c.wide / aspect) / c.zoom;
      return [high * aspect, high];
    }

    draw() {
      if (this.gl && this.camera && !this.waiting) {
        this.waiting = true;
        requestAnimationFrame(() => { this.waiting = false; this.paint(); });
      }
    }

    paint() {
      const gl = this.gl, model = this.models[this.shown], c = this.camera;
      const ratio = window.devicePixelRatio || 1, wide = this.element.clientWidth, high = this.element.clientHeight;
      if (!model || !wide || !high) return;
      if (this.canvas.width !== Math.round(wide * ratio) || this.canvas.height !== Math.round(high * ratio)) {
        this.canvas.width = Math.round(wide * ratio);
        this.canvas.height = Math.round(high * ratio);
      }
      gl.viewport(0, 0, this.canvas.width, this.canvas.height);
      gl.clearColor(0.988, 0.988, 0.98, 1);
      gl.depthMask(true);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.enable(gl.DEPTH_TEST);
      gl.useProgram(this.program);
      for (const name of ["right", "up", "towards", "centre"]) gl.uniform3fv(this.at[name], c[name]);
      gl.uniform2fv(this.at.half_size, this.half());
      gl.uniform1f(this.at.depth, 400);
      gl.uniform3fv(this.at.cut, c.cut);
      const seen = model.bodies.filter((body) => ![...this.hidden].some((prefix) => body.name.startsWith(prefix)));
      const glass = (body) => body.base[3] < 1;
      gl.disable(gl.BLEND);
      seen.filter((body) => !glass(body)).forEach((body) => this.body(body));
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.depthMask(false);
      gl.enable(gl.CULL_FACE);
      // Far walls of a tube before its near ones.
      for (const side of [gl.FRONT, gl.BACK]) {
        gl.cullFace(side);
        seen.filter(glass).forEach((body) => this.body(body));
      }
      gl.disable(gl.CULL_FACE);
      gl.depthMask(true);
      this.frames += 1;
      this.words(wide, high);
    }

    body(body) {
      const gl = this.gl;
      gl.bindVertexArray(body.array);
      if (!body.buffers[1]) gl.vertexAttrib3f(1, 0, 0, 1);
      gl.vertexAttrib4f(2, 1, 1, 1, 1);
      gl.uniform4fv(this.at.base, body.base);
      gl.uniform1f(this.at.lit, body.lit ? 1 : 0);
      gl.drawElements(body.lines ? gl.LINES : gl.TRIANGLES, body.n, body.wide ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT, 0);
    }

    words(wide, high) {
      const c = this.camera, half = this.half(), parts = [], taken = [];
      const rows = this.labels ? this.extras.labels : [];
      for (const row of rows) {
        if (dot(row.at, c.cut) > 6) continue;
        const p = row.at.map((x, k) => x - c.centre[k]);
        // Words stand a little off their point, on the side that the scene wishes.
        const off = [dot(row.toward, c.right), -dot(row.toward, c.up)], far = Math.hypot(...off);
        const w = 0.32 * row.size * row.text.length + 3, h = 0.6 * row.size;
        const [dx, dy] = far > 1e-6 ? [(8 + w) * off[0] / far, (8 + h) * off[1] / far] : [0, 0];
        const x = (0.5 + 0.5 * dot(p, c.right) / half[0]) * wide + dx;
        const y = (0.5 - 0.5 * dot(p, c.up) / half[1]) * high + dy;
        if (x < w || y < h || x > wide - w || y > high - h) continue;
        if (!row.must && taken.some((t) => Math.abs(t[0] - x) < t[2] + w && Math.abs(t[1] - y) < t[3] + h)) continue;
        taken.push([x, y, w, h]);
        const made = document.createElement("span");
        made.textContent = row.text;
        made.style.cssText = `left:${x.toFixed(1)}px;top:${y.toFixed(1)}px;color:${row.color};font-size:${row.size}px`;
        parts.push(made);
      }
      const millimetre = wide / (2 * half[0]);
      const step = [1, 2, 5, 10, 20, 50, 100].find((mm) => mm * millimetre > 50) || 100;
      const scale = document.createElement("span");
      scale.className = "scale";
      scale.textContent = `${step} mm`;
      scale.style.width = `${(step * millimetre).toFixed(1)}px`;
      this.overlay.replaceChildren(...parts, scale);
    }

    listen() {
      const element = this.element;
      let last = null;
      element.addEventListener("pointerdown", (event) => {
        last = [event.clientX, event.clientY, event.shiftKey || event.button !== 0];
        element.setPointerCapture(event.pointerId);
        element.focus({ preventScroll: true });
      });
      element.addEventListener("pointerup", () => { last = null; });
      element.addEventListener("contextmenu", (event) => event.preventDefault());
      element.addEventListener("pointermove", (event) => {
        if (!last || !this.camera) return;
        const dx = event.clientX - last[0], dy = event.clientY - last[1];
        if (last[2]) this.pan(dx, dy);
        else this.rotate(dx * 0.008, dy * 0.008);
        last = [event.clientX, event.clientY, last[2]];
      });
      element.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-0.0012 * event.deltaY));
      }, { passive: false });
      element.addEventListener("keydown", (event) => {
        const step = 0.12, views = this.extras.views;
        const keys = {
          ArrowLeft: () => this.rotate(-step, 0), ArrowRight: () => this.rotate(step, 0),
          ArrowUp: () => this.rotate(0, -step), ArrowDown: () => this.rotate(0, step),
          "+": () => this.zoom(1.15), "=": () => this.zoom(1.15), "-": () => this.zoom(1 / 1.15),
        };
        const view = views[Number(event.key) - 1];
        if (keys[event.key]) keys[event.key]();
        else if (view && !event.ctrlKey && !event.altKey && !event.metaKey) this.setView(view.name);
        else return;
        event.preventDefault();
      });
    }

    zoom(factor) { this.camera.zoom = Math.min(12, Math.max(0.3, this.camera.zoom * factor)); this.view = ""; this.draw(); }

    pan(dx, dy) {
      const c = this.camera, half = this.half(), mm = 2 * half[1] / Math.max(1, this.element.clientHeight);
      c.centre = c.centre.map((x, k) => x - dx * mm * c.right[k] + dy * mm * c.up[k]);
      this.draw();
    }
  }

  AnnulusViewer.fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  window.AnnulusViewer = AnnulusViewer;
})();
