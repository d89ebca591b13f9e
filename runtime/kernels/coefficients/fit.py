"""Fits the polynomials of src/math.rs and prints them as Rust constants: `python3 fit.py > fitted.txt` (needs mpmath).

Each is the minimax fit of a weighted error by Remez exchange. Coefficients are rounded to f32 one after the other, lowest
power first, and the higher ones are fitted again each time, so that they make up for what the rounding took away.
"""

import struct
import mpmath as mp

mp.mp.prec = 160
GRID = 1200


def f32(value):
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def fit(target, weight, powers, low, high, fixed=()):
    """Minimax of weight * (sum c_k x^p_k - target); the first len(fixed) coefficients are given. Returns (free, error)."""
    free = powers[len(fixed):]
    n = len(free)
    xs = [mp.mpf(low + high) / 2 - mp.mpf(high - low) / 2 * mp.cos(mp.pi * i / (GRID - 1)) for i in range(GRID)]
    xs = [x for x in xs if x != 0]
    ws = [weight(x) for x in xs]
    rest = [target(x) - sum(c * x ** p for c, p in zip(fixed, powers)) for x in xs]
    reference = [round((len(xs) - 1) * i / n) for i in range(n + 1)]
    for _ in range(60):
        rows = mp.matrix(n + 1, n + 1)
        right = mp.matrix(n + 1, 1)
        for i, k in enumerate(reference):
            for j, p in enumerate(free):
                rows[i, j] = ws[k] * xs[k] ** p
            rows[i, n] = (-1) ** i
            right[i] = ws[k] * rest[k]
        solved = mp.lu_solve(rows, right)
        errors = [w * (sum(solved[j] * x ** p for j, p in enumerate(free)) - r) for x, w, r in zip(xs, ws, rest)]
        peaks = alternating_peaks(errors)
        if len(peaks) < n + 1:
            break
        while len(peaks) > n + 1:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        if peaks == reference:
            break
        reference = peaks
    return [solved[j] for j in range(n)], max(abs(e) for e in errors)


def alternating_peaks(errors):
    """The index of the largest error in each stretch of equal sign."""
    peaks = [0]
    for i, error in enumerate(errors):
        if (error > 0) == (errors[peaks[-1]] > 0):
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = i
        else:
            peaks.append(i)
    return peaks


def rounded(name, doc, target, weight, powers, low, high):
    fixed = []
    for _ in powers:
        free, _ = fit(target, weight, powers, low, high, fixed)
        fixed.append(mp.mpf(f32(free[0])))
    xs = [mp.mpf(low) + mp.mpf(high - low) * i / 3000 for i in range(3001)]
    error = max(abs(weight(x) * (sum(c * x ** p for c, p in zip(fixed, powers)) - target(x))) for x in xs if x != 0)
    print(f"/// {doc}; relative error {mp.nstr(error, 2)}.")
    print(f"const {name}: [f32; {len(fixed)}] = [{', '.join(repr(shortest(c)) for c in fixed)}];")


def shortest(value):
    """The shortest decimal that reads back as the same f32."""
    for digits in range(1, 12):
        text = float(mp.nstr(value, digits))
        if f32(text) == float(value):
            return text
    return float(value)


def split(name, value, bits, count):
    """`value` as a sum of `count` numbers of at most `bits` bits, each the nearest, the last one a whole f32."""
    parts = []
    for _ in range(count - 1):
        exponent = mp.floor(mp.log(abs(value), 2))
        unit = mp.mpf(2) ** (exponent - bits + 1)
        part = mp.nint(value / unit) * unit
        parts.append(part)
        value -= part
    parts.append(mp.mpf(f32(value)))
    print(f"const {name}: [f32; {count}] = [{', '.join(repr(shortest(p)) for p in parts)}];")


half_ln2 = mp.log(2) / 2 * mp.mpf("1.001")
rounded("EXP", "(exp(r) - 1 - r) / r² on ±ln(2)/2", lambda r: (mp.expm1(r) - r) / r**2,
        lambda r: r**2 / abs(mp.expm1(r)), list(range(5)), -half_ln2, half_ln2)
rounded("LOG1P", "(log1p(m) - m + m²/2) / m³ on ±1/3", lambda m: (mp.log1p(m) - m + m**2 / 2) / m**3,
        lambda m: m**3 / mp.log1p(m), list(range(9)), mp.mpf(-1) / 3, mp.mpf(1) / 3)
quarter = mp.pi / 4 * mp.mpf("1.001")
rounded("SIN", "(sin(r) - r) / r³ in r², on ±π/4", lambda r: (mp.sin(r) - r) / r**3,
        lambda r: r**3 / mp.sin(r), [0, 2, 4], mp.mpf("0.01"), quarter)
rounded("COS", "(cos(r) - 1 + r²/2) / r⁴ in r², on ±π/4", lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4,
        lambda r: r**4 / mp.cos(r), [0, 2, 4], mp.mpf("0.05"), quarter)
rounded("ERF_NEAR", "erf(t) / t - 1 in t², on ±0.93", lambda t: mp.erf(t) / t - 1,
        lambda t: t / mp.erf(t), [0, 2, 4, 6, 8, 10], mp.mpf("0.001"), mp.mpf("0.93"))
rounded("ERF_FAR", "-log(1 - erf(t)) / t - 1 on 0.92 to 4, weighted by what it does to erf",
        lambda t: -mp.log(mp.erfc(t)) / t - 1, lambda t: t * mp.erfc(t) / mp.erf(t), list(range(7)),
        mp.mpf("0.92"), mp.mpf(4))
split("LN_2", mp.log(2), 15, 2)
split("HALF_PI_FUSED", mp.pi / 2, 24, 3)
split("HALF_PI", mp.pi / 2, 11, 4)
