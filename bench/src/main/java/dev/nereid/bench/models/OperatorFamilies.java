package dev.nereid.bench.models;

import java.util.List;
import java.util.stream.Stream;

/** Every family, in the order that they are measured in. */
public final class OperatorFamilies {
    public static final List<OperatorFamily> ALL = Stream.of(
                    ProductModels.FAMILIES,
                    ConvolutionModels.FAMILIES,
                    PixelModels.FAMILIES,
                    RowModels.FAMILIES,
                    CopyModels.FAMILIES,
                    SequenceModels.FAMILIES,
                    QuantizedModels.FAMILIES,
                    TreeModels.FAMILIES)
            .flatMap(List::stream)
            .toList();

    private OperatorFamilies() {}
}
