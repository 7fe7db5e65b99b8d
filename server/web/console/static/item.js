// enhanceItem takes care of a sheet that was just put on the page.
export function enhanceItem() {}
