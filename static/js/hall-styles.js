/*
 * FullCalendar writes its rules into an element that `style[data-fullcalendar]` finds, and would else add
 * a <style>, which the content security policy forbids. This gives it one that is none to the browser, and
 * holds a style sheet made by script, which the policy allows. The library's font of icons comes in an
 * address of data, which the policy forbids as well: that rule is left out, and buttons say in words what
 * they do. It must run before the library.
 */
{
  const sheet = new CSSStyleSheet();
  const insert = sheet.insertRule.bind(sheet);
  sheet.insertRule = (rule, place) =>
    rule.startsWith("@font-face") ? -1 : insert(rule, Math.min(place, sheet.cssRules.length));
  const holder = document.createElementNS("https://quad.example/holder", "style");
  holder.setAttribute("data-fullcalendar", "");
  Object.defineProperty(holder, "sheet", { value: sheet });
  document.head.append(holder);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
