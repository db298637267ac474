package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * ONNX CastMap: the values of a map in the order of its keys, as another type. x: a map from INT64 to STRING or FP32; y:
 * [1, n], where n is the map's size, or {@code max_map} if each value goes to the place that its key names.
 */
final class CastMap implements Operator {
    private static final Map<String, DataType> TYPES =
            Map.of("TO_FLOAT", DataType.FP32, "TO_STRING", DataType.STRING, "TO_INT64", DataType.INT64);
    /** What ONNX Runtime writes where a map of strings has no value. */
    private static final String NO_VALUE = "0.f";

    private static final int DECIMALS = 6;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        if (DictVectorizer.map(inference, EnumSet.of(DataType.STRING, DataType.FP32))
                        .key()
                != DataType.INT64) {
            throw new ModelFormatException("input 0: expected a map from INT64, got " + inference.valueType(0));
        }
        Dim length = isSparse(inference.attributes()) ? Dim.of(places(inference.attributes())) : inference.unknownDim();
        return List.of(TensorType.of(type(inference.attributes()), List.of(Dim.of(1), length)));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean sparse = isSparse(lowering.attributes());
        long places = sparse ? places(lowering.attributes()) : 0;
        lowering.stepPutting(run -> {
            if (!(run.value(0) instanceof RunValue.OfMap(Tensor keys, Tensor values))) {
                throw new IllegalArgumentException(
                        "input 0: expected a map, got " + run.value(0).kind());
            }
            cast(run, keys, values, sparse, places);
        });
    }

    private static void cast(StepRun run, Tensor keys, Tensor values, boolean sparse, long places) {
        SortedMap<Long, Integer> order = new TreeMap<>();
        for (int i = 0; i < keys.shape().elements(); i++) {
            order.put(keys.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i), i);
        }
        if (sparse && !order.isEmpty() && order.firstKey() < 0) {
            throw new IllegalArgumentException("input 0: key " + order.firstKey() + " is negative, and names a place");
        }
        Tensor y = run.allocate(0, Shape.of(1, sparse ? places : order.size()));
        if (sparse) {
            for (int place = 0; place < places; place++) {
                Integer from = order.get((long) place);
                if (from == null) {
                    write(y, place, y.dataType() == DataType.STRING ? NO_VALUE : "0");
                } else {
                    write(values, from, y, place);
                }
            }
        } else {
            int place = 0;
            for (int from : order.values()) {
                write(values, from, y, place++);
            }
        }
    }

    private static void write(Tensor values, int from, Tensor y, int to) {
        if (values.dataType() == DataType.STRING) {
            write(y, to, new String(values.strings()[from], StandardCharsets.UTF_8));
            return;
        }
        double value = RealNumbers.at(values, from);
        switch (y.dataType()) {
            case FP32 -> RealNumbers.set(y, to, value);
            case INT64 -> y.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * to, (long) value);
            default -> write(y, to, text(value));
        }
    }

    private static void write(Tensor y, int to, String text) {
        try {
            switch (y.dataType()) {
                case FP32 -> RealNumbers.set(y, to, Float.parseFloat(text.strip()));
                case INT64 -> y.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * to, Long.parseLong(text.strip()));
                default -> y.strings()[to] = text.getBytes(StandardCharsets.UTF_8);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("input 0: '" + text + "' is no number of " + y.dataType(), e);
        }
    }

    /** With six decimals. */
    private static String text(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static DataType type(Attributes attributes) {
        String name = attributes.text("cast_to", "TO_FLOAT");
        DataType type = TYPES.get(name);
        if (type == null) {
            throw new ModelFormatException("attribute 'cast_to': expected one of "
                    + new java.util.TreeSet<>(TYPES.keySet()) + ", got '" + name + "'");
        }
        return type;
    }

    private static boolean isSparse(Attributes attributes) {
        String form = attributes.text("map_form", "DENSE");
        if (!form.equals("DENSE") && !form.equals("SPARSE")) {
            throw new ModelFormatException("attribute 'map_form': expected DENSE or SPARSE, got '" + form + "'");
        }
        return form.equals("SPARSE");
    }

    private static long places(Attributes attributes) {
        long places = attributes.integer("max_map", 1);
        if (places < 1 || places > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'max_map': expected at least 1, got " + places);
        }
        return places;
    }
}
