/*
 * FullCalendar writes its rules into an element that `style[data-fullcalendar]` finds, and would else add
 * a <style>, which the content security policy forbids. This gives it one that is none to the browser, and
 * holds a style sheet made by script, which the policy allows. It must run before the library.
 */
{
  const sheet = new CSSStyleSheet();
  const holder = document.createElementNS("https://quad.example/holder", "style");
  holder.setAttribute("data-fullcalendar", "");
  Object.defineProperty(holder, "sheet", { value: sheet });
  document.head.append(holder);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
