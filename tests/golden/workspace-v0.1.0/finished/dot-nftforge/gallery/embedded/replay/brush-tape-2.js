"use strict";Gallery.receive("brush","replay/brush-tape-2.js",(() => {
function _straight_frame($p, $w) { return [$p[0], $p[1], $p[2], $p[3], Math.cos($p[4]), Math.sin($p[4]), (1.0 / $w), (1.0 / $p[2]), (1.0 / $p[3]), $p[5]]; }
function tape_prepare($p, $w) { return _straight_frame($p, $w); }
function _straight_reach($row) { let $a, $b, $cos, $half, $sin, $$0, $$1, $$2, $$3; $half = (0.5 / $row[6]); $$0 = ($row[2] + $half); $$1 = ($row[3] + $half); $$2 = Math.abs($row[4]); $$3 = Math.abs($row[5]); $a = $$0; $b = $$1; $cos = $$2; $sin = $$3; return [(($a * $cos) + ($b * $sin)), (($a * $sin) + ($b * $cos))]; }
function _straight_across_box($x, $y, $a, $b, $cos, $sin, $line) { let $c, $dy, $e, $f, $p, $q, $s, $$0, $$1, $$2, $$3; $dy = ($line - $y); $c = ((Math.abs($cos) > 1e-09) ? $cos : 1e-09); $s = ((Math.abs($sin) > 1e-09) ? $sin : 1e-09); $$0 = (((-$a) - ($dy * $s)) / $c); $$1 = (($a - ($dy * $s)) / $c); $p = $$0; $q = $$1; $$2 = ((($dy * $c) - $b) / $s); $$3 = ((($dy * $c) + $b) / $s); $e = $$2; $f = $$3; return [($x + Math.max(Math.min($p, $q), Math.min($e, $f))), ($x + Math.min(Math.max($p, $q), Math.max($e, $f)))]; }
function _straight_span($row, $y) { let $half; $half = (0.5 / $row[6]); return _straight_across_box($row[0], $row[1], ($row[2] + $half), ($row[3] + $half), $row[4], $row[5], $y); }
function _straight_local($row, $x, $y) { let $dx, $dy, $$0, $$1; $$0 = ($x - $row[0]); $$1 = ($y - $row[1]); $dx = $$0; $dy = $$1; return [(($dx * $row[4]) + ($dy * $row[5])), (($dy * $row[4]) - ($dx * $row[5]))]; }
function _kit_ramp($z) { let $k; $k = Math.min(Math.max(($z + 0.5), 0.0), 1.0); return [(($k * $k) * (3.0 - (2.0 * $k))), ((6.0 * $k) * (1.0 - $k))]; }
function tape_shade($row, $data, $x, $y) { let $_, $across, $along, $u, $v, $$0, $$1, $$2; $$0 = _straight_local($row, $x, $y); $u = $$0[0]; $v = $$0[1]; $$1 = _kit_ramp((($row[2] - Math.abs($u)) * $row[6])); $along = $$1[0]; $$2 = _kit_ramp((($row[3] - Math.abs($v)) * $row[6])); $across = $$2[0]; return [(($row[9] * $along) * $across), 0.0, 1.0]; }
return {prepare: tape_prepare, reach: _straight_reach, span: _straight_span, shade: tape_shade, data: null};
})());
