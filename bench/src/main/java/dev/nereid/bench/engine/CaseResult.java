package dev.nereid.bench.engine;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Everything that was measured of a case.
 *
 * @param measured one a process, at least one
 * @param nereid what our engine takes, one a process
 * @param ort what ONNX Runtime takes, one a process
 */
record CaseResult(
        EngineCase engineCase,
        List<EngineComparison.Measurement> measured,
        List<Footprint> nereid,
        List<Footprint> ort) {
    CaseResult {
        measured = List.copyOf(measured);
        nereid = List.copyOf(nereid);
        ort = List.copyOf(ort);
    }

    /** ONNX Runtime's time by ours, one a process. */
    double[] ratios() {
        return values(measured, EngineComparison.Measurement::ratio);
    }

    double ratio() {
        return Statistics.median(ratios());
    }

    static <T> double[] values(List<T> list, ToDoubleFunction<T> value) {
        return list.stream().mapToDouble(value).toArray();
    }
}
