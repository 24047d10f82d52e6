/*
 * The picture of a certificate beside the form of its template: asked for again while one types, a moment
 * after the last key. What no template may hold is told in words, and the last picture stays.
 */
const PREVIEW_WAIT = 500;

function startPreview() {
  const box = document.querySelector("[data-certificate-preview]");
  const form = box?.closest("form");

  if (form) {
    const image = box.querySelector("img");
    const told = box.querySelector("[data-told]");
    let timer = 0;
    let asked = null;
    let shown = "";

    const tell = (sentences) => {
      told.replaceChildren(
        ...sentences.map((sentence) => {
          const line = document.createElement("li");
          line.textContent = sentence;
          return line;
        }),
      );
    };

    const draw = async () => {
      asked?.abort();
      asked = new AbortController();
      const body = new FormData();
      for (const name of JSON.parse(box.dataset.fields)) {
        const field = form.elements.namedItem(name);
        if (!field) continue;
        if (field.type === "file") {
          if (field.files[0]) body.append(name, field.files[0]);
        } else if (field.type !== "checkbox") {
          body.append(name, field.value);
        } else if (field.checked) {
          body.append(name, "on");
        }
      }
      const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
      box.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(box.dataset.certificatePreview, {
          method: "POST",
          body,
          headers: { "X-CSRFToken": token },
          signal: asked.signal,
        });
        if (answer.ok) {
          URL.revokeObjectURL(shown);
          shown = URL.createObjectURL(await answer.blob());
          image.src = shown;
          image.hidden = false;
          tell([]);
        } else {
          const type = answer.headers.get("Content-Type") ?? "";
          tell(type.includes("json") ? (await answer.json()).errors : [box.dataset.failed]);
        }
      } catch (error) {
        if (error.name === "AbortError") return;
        tell([box.dataset.failed]);
      }
      box.removeAttribute("aria-busy");
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(draw, PREVIEW_WAIT);
    };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    draw();
  }
}

// (The admin loads the scripts of forms before the page is there.)
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startPreview);
else startPreview();
