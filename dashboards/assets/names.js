// What Vizro's frame does not say to screen readers and the keyboard: landmarks, the page's one title, what each filter filters.
(() => {
  const roles = { "header": "banner", "right-side": "main", "nav-panel": "navigation", "control-panel": "form" };
  const names = { "nav-panel": "Pages", "control-panel": "Filters", "theme-toggle": "Dark or light", "reset-button": "Reset all filters" };

  function give(element, attribute, value) {
    if (element && element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }

  function nameAll() {
    for (const [id, role] of Object.entries(roles)) give(document.getElementById(id), "role", role);
    for (const [id, name] of Object.entries(names)) give(document.getElementById(id), "aria-label", name);
    give(document.getElementById("page-title"), "role", "heading");
    give(document.getElementById("page-title"), "aria-level", "1");
    give(document.querySelector(".accordion-item-link.active"), "aria-current", "page");
    // A drop-down is named by its value alone: put the title of its filter before it.
    for (const button of document.querySelectorAll("button.dash-dropdown")) {
      if (document.getElementById(`${button.id}_title`)) {
        give(button, "aria-labelledby", `${button.id}_title ${button.id}-value`);
      }
      // Its focus is taken by a hidden field that hands it on; the button itself can.
      give(button.parentElement.querySelector(".dash-dropdown-focus-target"), "tabindex", "-1");
      give(button, "tabindex", "0");
    }
    const frame = document.getElementById("dashboard-container");
    if (frame && !document.getElementById("skip")) {
      const skip = document.createElement("a");
      skip.id = "skip";
      skip.href = "#right-side";
      skip.textContent = "Skip to the findings";
      skip.addEventListener("click", (event) => {
        event.preventDefault();
        const target = document.getElementById("right-side");
        target.tabIndex = -1;
        target.focus();
      });
      document.body.prepend(skip);
    }
  }

  // What only looks like a button is pressed with the keys that press buttons.
  document.addEventListener("keydown", (event) => {
    const pressed = event.target;
    if ((event.key === "Enter" || event.key === " ") && pressed.id === "collapse-icon") {
      event.preventDefault();
      pressed.click();
    }
  });

  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; nameAll(); });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-labelledby", "class"] });
})();
