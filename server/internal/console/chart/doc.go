// Package chart draws figures as SVG: bars, stacked bars and lines over periods, and rows of bars with long names.
//
// A chart is drawn twice, wide and narrow, and a style sheet shows the one that fits: text keeps its size on a phone. Colours and
// fonts come from classes alone (s0 to s4 for series, axis, grid, part), so that the same chart is drawn light, dark, and in print.
// Series differ by pattern, dash and marker besides colour. Each drawing is an image with a title and a description; the figures
// themselves belong into a table beside it.
package chart
