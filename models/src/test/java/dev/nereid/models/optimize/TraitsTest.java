package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelLoader;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import dev.nereid.models.optimize.packed.PackTexts;
import dev.nereid.models.optimize.packed.Packing;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What passes do with an operator follows from the traits in its row; they do not know its name. */
class TraitsTest extends GraphCase {
    private static final Shape INPUT = Shape.of(2, 3, 8, 10);
    private static final Entry PLAIN = Entry.of(
            "Unheard",
            1,
            ModelLoader.operators().find("", "Abs", 13).orElseThrow().operator());

    private final Value x = new Value("x");
    private Entry row = PLAIN;

    @Override
    protected OperatorSet operators() {
        return new OperatorSet(ModelLoader.operators().all(), List.of(row));
    }

    @Test
    void aNewUnaryOperatorIsComputedWithTheChannelsLastBetweenConvolutions() {
        row = PLAIN.with(Trait.UNARY);
        assertThat(check(x, INPUT, conv(node("Unheard", conv(x)))))
                .containsExactly("Transpose", "ChannelsLastConv", "Unheard", "ChannelsLastConv", "Transpose");
    }

    @Test
    void aNewOperatorWithoutTraitsGetsTheChannelsAsTheyWere() {
        assertThat(check(x, INPUT, conv(node("Unheard", conv(x))))).containsSequence("Transpose", "Unheard");
    }

    @Test
    void aNewUnaryOperatorIsAppliedToPackedTexts() {
        row = PLAIN.with(Trait.UNARY);
        assertThat(packed()).isInstanceOf(Packing.Packed.class);
    }

    @Test
    void aNewOperatorWithoutTraitsRefusesPackedTexts() {
        assertThat(packed()).isInstanceOf(Packing.Refused.class);
    }

    @ParameterizedTest
    @MethodSource("activations")
    void anActivationIsAppliedByTheConvolutionInFront(String operator, int since) {
        assertThat(check(x, INPUT, node("", Math.max(since, 13), operator, Map.of(), conv(x))))
                .containsExactly("Transpose", "ChannelsLastConv", "Transpose");
    }

    static Stream<Object[]> activations() {
        return ModelLoader.operators().all().stream()
                .filter(entry -> entry.traits().contains(Trait.ACTIVATION))
                .map(entry -> new Object[] {entry.name(), entry.since()});
    }

    private Value conv(Value input) {
        return node(
                "Conv",
                Map.of("pads", new Attribute.Ints(List.of(1L, 1L, 1L, 1L))),
                input,
                random(3, 3, 3, 3),
                random(3));
    }

    private Packing packed() {
        Value y = node("Unheard", x);
        TensorType type = TensorType.of(DataType.FP32, List.of(Dim.symbol("b"), Dim.symbol("s"), Dim.of(6)));
        Graph graph = new Graph("test", List.of(x), List.of(y), nodes, constants, Map.of(x, type));
        return new PackTexts(operators(), Arena.ofAuto()).apply(graph);
    }
}
