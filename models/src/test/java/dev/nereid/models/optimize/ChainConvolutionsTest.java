package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChainConvolutionsTest extends GraphCase {
    private static final Shape INPUT = Shape.of(2, 6, 46, 46);

    private final Value x = new Value("x");

    private Value pointwise(Value input, int channels, int filters) {
        return node("Conv", input, random(filters, channels, 1, 1), random(filters));
    }

    private Value depthwise(Value input, int channels, int padding) {
        Map<String, Attribute> attributes =
                Map.of("group", new Attribute.Int(channels), "pads", ints(padding, padding, padding, padding));
        return node("Conv", attributes, input, random(channels, 1, 3, 3), random(channels));
    }

    @Test
    void anInvertedBottleneckIsOneChainWithItsResidual() {
        Value wide = node("Relu", pointwise(x, 6, 20));
        Value filtered = node("Relu", depthwise(wide, 20, 1));
        Value y = node("Add", pointwise(filtered, 20, 6), x);
        assertThat(check(x, INPUT, y)).isEqualTo(List.of("Transpose", "ChannelsLastConvChain", "Transpose"));
    }

    @Test
    void aValueThatSomebodyElseReadsEndsAChain() {
        Value wide = node("Relu", pointwise(x, 6, 20));
        Value filtered = depthwise(wide, 20, 1);
        Value y = node("Mul", pointwise(filtered, 20, 20), filtered);
        assertThat(check(x, INPUT, y))
                .isEqualTo(List.of("Transpose", "ChannelsLastConvChain", "ChannelsLastConv", "Mul", "Transpose"));
    }

    @Test
    void denseConvolutionsAndNegativePaddingStayAlone() {
        Value twice = pointwise(pointwise(x, 6, 20), 20, 21);
        assertThat(check(x, INPUT, depthwise(twice, 21, -1))).doesNotContain("ChannelsLastConvChain");
    }

    @Test
    void littleBetweenConvolutionsStaysInACacheAnyway() {
        Value y = pointwise(depthwise(pointwise(x, 6, 20), 20, 1), 20, 6);
        assertThat(check(x, Shape.of(2, 6, 12, 12), y)).doesNotContain("ChannelsLastConvChain");
    }
}
