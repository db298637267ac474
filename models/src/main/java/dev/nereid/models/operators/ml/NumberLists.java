package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;

/** Lists of real numbers in attributes: floats, or a tensor where they may be doubles. */
final class NumberLists {
    private NumberLists() {}

    /** The numbers of the attribute {@code name} or else {@code name_as_tensor}; none where neither is there. */
    static double[] read(Attributes attributes, String name) {
        double[] floats = floats(attributes, name);
        String tensorName = name + "_as_tensor";
        if (floats.length > 0 && attributes.has(tensorName)) {
            throw new ModelFormatException(
                    "expected one of the attributes '" + name + "' and '" + tensorName + "', got both");
        }
        return floats.length > 0 ? floats : tensor(attributes, tensorName);
    }

    static double[] floats(Attributes attributes, String name) {
        return attributes
                .reals(name)
                .map(list -> list.stream().mapToDouble(Float::doubleValue).toArray())
                .orElse(new double[0]);
    }

    /** The numbers of a tensor attribute of a float type; none where it is absent. */
    static double[] tensor(Attributes attributes, String name) {
        return attributes.tensor(name).map(tensor -> numbers(tensor, name)).orElse(new double[0]);
    }

    private static double[] numbers(Tensor tensor, String name) {
        if (!dev.nereid.models.operators.DataTypes.FLOATS.contains(tensor.dataType())) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected a tensor of floats, got " + tensor.dataType());
        }
        double[] numbers = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = RealNumbers.at(tensor, i);
        }
        return numbers;
    }
}
