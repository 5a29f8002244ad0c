// Typed: whether this page holds words that somebody typed and has not sent.

const FIELDS = "main textarea:not([readonly]), main input:is(:not([type]), [type=text])";

export function typed() {
  return [...document.querySelectorAll(FIELDS)].some((one) => one.value !== one.defaultValue);
}
