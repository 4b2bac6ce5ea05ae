// SPDX-License-Identifier: MIT
// problems - what WCAG 2.2 would say of the page; read by browser.py.

const CONTRAST_TEXT = 4.5; // WCAG 1.4.3
const CONTRAST_LINES = 3; // 1.4.11
const TARGET = 44; // 2.5.5
const LINE = 26;

function rgba(text) {
	const n = text.match(/[\d.]+/g).map(Number);
	return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
}

function over(top, below) {
	return [0, 1, 2].map((i) =>
	    top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
}

// What is behind the text of an element.
function background(element) {
	const layers = [];
	for (let e = element; e !== null; e = e.parentElement)
		layers.push(rgba(getComputedStyle(e).backgroundColor));
	return layers.reduceRight((below, top) => over(top, below),
	    [255, 255, 255, 1]);
}

function luminance(colour) {
	const [r, g, b] = colour.slice(0, 3).map((c) => c / 255).map((c) =>
	    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(front, behind) {
	const a = luminance(over(front, behind)), b = luminance(behind);
	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function name(element) {
	return element.id || element.innerText.trim() || element.tagName;
}

function shown(element) {
	const box = element.getBoundingClientRect();
	return box.width > 0 && box.height > 0 &&
	    getComputedStyle(element).visibility === "visible";
}

function hard_to_read() {
	const found = [];
	const texts = document.createTreeWalker(document.body,
	    NodeFilter.SHOW_TEXT);
	const elements = new Set(document.querySelectorAll("input, textarea"));
	while (texts.nextNode())
		if (texts.currentNode.data.trim() !== "")
			elements.add(texts.currentNode.parentElement);
	for (const e of elements) {
		const style = getComputedStyle(e);
		const ratio = contrast(rgba(style.color), background(e));
		if (shown(e) && ratio < CONTRAST_TEXT)
			found.push(`${name(e)}: contrast ${ratio.toFixed(2)}`);
		if (shown(e) && parseFloat(style.fontSize) < 15)
			found.push(`${name(e)}: ${style.fontSize}`);
	}
	for (const e of document.querySelectorAll("input, textarea")) {
		const line = rgba(getComputedStyle(e).borderTopColor);
		const ratio = Math.max(contrast(line, background(e)),
		    contrast(line, background(e.parentElement)));
		if (shown(e) && ratio < CONTRAST_LINES)
			found.push(`${name(e)}: border ${ratio.toFixed(2)}`);
	}
	return found;
}

// A link inside a sentence is as high as its line (2.5.8, "Inline").
function in_sentence(element) {
	return element.tagName === "A" && element.innerText.trim() !==
	    element.parentElement.innerText.trim();
}

function hard_to_reach() {
	const found = [];
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width)
		found.push(`${document.documentElement.scrollWidth} px wide`);
	for (const e of document.body.querySelectorAll("*")) {
		const box = e.getBoundingClientRect();
		if (shown(e) && (box.right > width + 0.5 || box.left < 0))
			found.push(`${name(e)}: sticks out`);
		if (e.matches("input:not([type=hidden])") &&
		    e.value === "" && e.scrollWidth > e.clientWidth)
			found.push(`${name(e)}: no room`);
	}
	for (const e of document.querySelectorAll(
	    "a, button, input, textarea")) {
		const height = e.getBoundingClientRect().height;
		if (shown(e) && !in_sentence(e) && height < TARGET)
			found.push(`${name(e)}: ${height} px high`);
	}
	return found;
}

function hard_to_understand() {
	const found = [];
	if (document.documentElement.lang !== "en")
		found.push("no language");
	if (!/^(Error: )?\S.* – \S/.test(document.title))
		found.push(`title ${document.title}`);
	if (document.querySelectorAll("h1").length !== 1 ||
	    document.querySelectorAll("main").length !== 1)
		found.push("not one h1 in one main");
	// Who hears one link after another tells them apart (2.4.4).
	const links = [...document.links].map((e) => e.innerText);
	if (new Set(links).size !== links.length)
		found.push(`links that read the same: ${links.join(", ")}`);
	for (const e of document.querySelectorAll("*")) {
		for (const about of ["aria-describedby", "aria-labelledby"])
			for (const id of (e.getAttribute(about) || "").split(" "))
				if (id !== "" && !document.getElementById(id))
					found.push(`${name(e)}: no ${id}`);
		if (e.matches("input:not([type=hidden]), textarea") &&
		    (e.labels.length !== 1 || !shown(e.labels[0])))
			found.push(`${name(e)}: no label`);
		// What is wrong is said where it is (3.3.1).
		if ((e.getAttribute("aria-invalid") === "true") !==
		    (document.getElementById(`${e.id}-error`) !== null) &&
		    e.matches("input, textarea"))
			found.push(`${name(e)}: aria-invalid`);
	}
	return found;
}

function problems() {
	return [...hard_to_read(), ...hard_to_reach(),
	    ...hard_to_understand()];
}

// Of a large field its first line is enough.
function hidden(box) {
	return Math.min(box.bottom, innerHeight) - Math.max(box.top, 0) <
	    Math.min(box.height, LINE);
}

// Where the keyboard is (2.4.7), and whether that can be seen (2.4.11).
function focus() {
	const e = document.activeElement, style = getComputedStyle(e);
	const found = [];
	if (e === document.body)
		return {name: "", problems: []};
	if (style.outlineStyle === "none" ||
	    parseFloat(style.outlineWidth) < 2 ||
	    contrast(rgba(style.outlineColor),
		background(e.parentElement)) < CONTRAST_LINES)
		found.push(`outline ${style.outline}`);
	for (const part of [e, ...(e.labels || [])])
		if (hidden(part.getBoundingClientRect()))
			found.push(`${part.tagName} is out of sight`);
	return {name: name(e), problems: found};
}
