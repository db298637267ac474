package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * ONNX LabelEncoder and CategoryMapper: each element is a key that is replaced by a value, or by a default where it is no
 * key. y has the shape of x and the type of the values.
 *
 * @param mapping how the node's attributes list keys and values
 */
record LabelEncoder(Mapping mapping) implements Operator {
    /** The ways to write a mapping. */
    enum Mapping {
        /** LabelEncoder 1: strings and their places in one list. */
        PLACES {
            @Override
            Table table(Attributes attributes, DataType keyType) {
                List<String> texts = attributes.texts("classes_strings").orElse(List.of());
                long[] places = new long[texts.size()];
                for (int i = 0; i < places.length; i++) {
                    places[i] = i;
                }
                return bothWays(attributes, keyType, texts, places);
            }
        },
        /** CategoryMapper: a list of strings and one of integers. */
        CATEGORIES {
            @Override
            Table table(Attributes attributes, DataType keyType) {
                return bothWays(
                        attributes,
                        keyType,
                        attributes.texts("cats_strings").orElse(List.of()),
                        attributes.integers("cats_int64s").orElse(new long[0]));
            }
        },
        /** LabelEncoder since 2: a list or tensor of keys and one of values, each of several types. */
        LISTS {
            @Override
            Table table(Attributes attributes, DataType keyType) {
                ElementList keys = list(attributes, "keys");
                ElementList values = list(attributes, "values");
                return new Table(keys, values, defaultFor(attributes, values.dataType()));
            }
        };

        /** Reads the mapping that takes keys of a type. */
        abstract Table table(Attributes attributes, DataType keyType);

        private static Table bothWays(Attributes attributes, DataType keyType, List<String> texts, long[] integers) {
            ElementList strings = ElementList.ofStrings(texts);
            ElementList numbers = ElementList.ofIntegers(integers);
            return keyType == DataType.STRING
                    ? new Table(strings, numbers, defaultFor(attributes, DataType.INT64))
                    : new Table(numbers, strings, defaultFor(attributes, DataType.STRING));
        }

        private static ElementList list(Attributes attributes, String what) {
            if (attributes.has(what + "_tensor")) {
                return ElementList.of(attributes.tensor(what + "_tensor").orElseThrow());
            }
            if (attributes.has(what + "_strings")) {
                return ElementList.ofStrings(attributes.texts(what + "_strings").orElseThrow());
            }
            if (attributes.has(what + "_int64s")) {
                return ElementList.ofIntegers(
                        attributes.integers(what + "_int64s").orElseThrow());
            }
            return ElementList.ofFloats(attributes
                    .reals(what + "_floats")
                    .orElseThrow(() -> new ModelFormatException("expected one of the attributes '" + what
                            + "_strings', '" + what + "_int64s', '" + what + "_floats' and '" + what + "_tensor'")));
        }

        private static ElementList defaultFor(Attributes attributes, DataType type) {
            if (attributes.has("default_tensor")) {
                return ElementList.of(attributes.tensor("default_tensor").orElseThrow());
            }
            ElementList value = switch (type) {
                case STRING -> ElementList.ofStrings(List.of(attributes.text("default_string", "_Unused")));
                case FP16, BF16, FP32, FP64 -> ElementList.ofFloats(List.of(attributes.real("default_float", -0f)));
                default -> ElementList.ofIntegers(attributes.integer("default_int64", -1));
            };
            return new ElementList(type, value.elements());
        }
    }

    /**
     * A mapping.
     *
     * @param otherwise one element: the value of anything that is no key
     */
    record Table(ElementList keys, ElementList values, ElementList otherwise) {
        Table {
            if (keys.size() != values.size()) {
                throw new ModelFormatException(
                        "expected a value for each key, got " + keys.size() + " keys and " + values.size() + " values");
            }
            if (otherwise.size() != 1 || otherwise.dataType() != values.dataType()) {
                throw new ModelFormatException("attribute 'default_tensor': expected one element of "
                        + values.dataType() + ", got " + otherwise.size() + " of " + otherwise.dataType());
            }
        }
    }

    private static final Set<DataType> TYPES =
            Set.of(DataType.STRING, DataType.INT16, DataType.INT32, DataType.INT64, DataType.FP32, DataType.FP64);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Table table = mapping.table(inference.attributes(), inference.type(0).dataType());
        if (!TYPES.contains(table.values().dataType())) {
            throw new ModelFormatException("expected values of " + new java.util.TreeSet<>(TYPES) + ", got "
                    + table.values().dataType());
        }
        if (table.keys().dataType() != inference.type(0).dataType()) {
            throw new ModelFormatException("input 0: expected " + table.keys().dataType() + ", as the keys are, got "
                    + inference.type(0).dataType());
        }
        return List.of(inference.type(0).withDataType(table.values().dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        Table table = mapping.table(lowering.attributes(), lowering.type(0).dataType());
        Map<Object, Integer> index = table.keys().index();
        lowering.step(run -> encode(run.input(0), run.output(0), index, table));
    }

    private static void encode(Tensor x, Tensor y, Map<Object, Integer> index, Table table) {
        ElementList.Reader reader = ElementList.reader(x);
        for (int i = 0; i < x.shape().elements(); i++) {
            Integer place = index.get(reader.element(i));
            if (place == null) {
                table.otherwise().write(0, y, i);
            } else {
                table.values().write(place, y, i);
            }
        }
    }
}
