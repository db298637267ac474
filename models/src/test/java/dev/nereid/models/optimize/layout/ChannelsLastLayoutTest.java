package dev.nereid.models.optimize.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.GraphCase;
import dev.nereid.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Between convolutions every operator computes the same with the channels last, and nothing is transposed. */
class ChannelsLastLayoutTest extends GraphCase {
    private static final Shape INPUT = Shape.of(2, 3, 8, 10);

    private final Value x = new Value("x");

    private Value conv(Value input, int channels, int filters) {
        return node("Conv", Map.of("pads", ints(1, 1, 1, 1)), input, random(filters, channels, 3, 3), random(filters));
    }

    /** Puts the operator between two convolutions; the second reads {@code channels} channels. */
    private List<String> between(Value middle, int channels) {
        return check(x, INPUT, conv(middle, channels, 2));
    }

    private Value depthwise(Value input, int channels, int kernel, int stride) {
        int padding = kernel / 2;
        Map<String, Attribute> attributes = Map.of(
                "pads",
                ints(padding, padding, padding, padding),
                "strides",
                ints(stride, stride),
                "group",
                new Attribute.Int(channels));
        return node("Conv", attributes, input, random(channels, 1, kernel, kernel), random(channels));
    }

    private static List<String> only(String... operators) {
        return List.of(operators);
    }

    @Test
    void elementwiseOperatorsStayWhereTheyAre() {
        Value a = conv(x, 3, 6);
        Value b = node("HardSigmoid", a);
        Value c = node("Mul", node("Add", b, random(6, 1, 1)), random(1, 1, 8, 10));
        Value d = node("Sub", node("PRelu", c, random(6, 1, 1)), scalar(0.5f));
        assertThat(between(node("Max", d, a), 6))
                .isEqualTo(only(
                        "Transpose",
                        "ChannelsLastConv",
                        "HardSigmoid",
                        "Add",
                        "Mul",
                        "PRelu",
                        "Sub",
                        "Max",
                        "ChannelsLastConv",
                        "Transpose"));
    }

    @Test
    void depthwiseConvolutionsThatAreAllThereIsKeepTheirChannelsFirst() {
        Value wide = new Value("x");
        Value a = node("Relu", depthwise(wide, 5, 3, 1));
        Value b = node("Tanh", depthwise(a, 5, 5, 2));
        Value c = node("Add", depthwise(b, 5, 7, 1), b);
        assertThat(check(wide, Shape.of(2, 5, 9, 20), c)).isEqualTo(only("FusedConv", "FusedConv", "FusedConv"));
    }

    @Test
    void depthwiseConvolutionsBesideOthersGetTheirChannelsLast() {
        Value wide = new Value("x");
        Value first = depthwise(conv(wide, 3, 6), 6, 3, 1);
        assertThat(check(wide, Shape.of(2, 3, 9, 20), first))
                .isEqualTo(only("Transpose", "ChannelsLastConv", "ChannelsLastConv", "Transpose"));
    }

    @Test
    void poolingAndGatesByTheMeanStayWhereTheyAre() {
        Value a = node("MaxPool", window(3, 2, 1), conv(x, 3, 6));
        Value b = node("AveragePool", window(2, 1, 0), a);
        Value gate = node("Sigmoid", node("Conv", node("GlobalAveragePool", b), random(6, 6, 1, 1)));
        assertThat(between(node("Mul", b, gate), 6)).doesNotContain("MaxPool", "AveragePool", "GlobalAveragePool");
    }

    private static Map<String, Attribute> window(int kernel, int stride, int padding) {
        return Map.of(
                "kernel_shape",
                ints(kernel, kernel),
                "strides",
                ints(stride, stride),
                "pads",
                ints(padding, padding, padding, padding),
                "count_include_pad",
                new Attribute.Int(1));
    }

    @Test
    void convolutionsOfComputedFiltersAreConvertedToo() {
        Value mean = node("ReduceMean", x);
        Value bias = node("Mul", node("ReduceMean", Map.of("keepdims", new Attribute.Int(0)), x), random(6));
        for (Map<String, Attribute> attributes : List.of(
                Map.<String, Attribute>of("pads", ints(1, 1, 1, 1)),
                Map.<String, Attribute>of("strides", ints(2, 2)),
                Map.<String, Attribute>of("dilations", ints(2, 2), "pads", ints(2, 2, 2, 2)))) {
            Value w = node("Mul", mean, random(6, 3, 3, 3));
            assertThat(check(x, INPUT, node("Relu", node("Conv", attributes, x, w, bias))))
                    .contains("ChannelsLastComputedConv");
        }
        Map<String, Attribute> groups = Map.of("group", new Attribute.Int(2));
        Value grouped = node("Conv", groups, conv(x, 3, 6), node("Mul", mean, random(8, 3, 3, 3)));
        assertThat(check(x, INPUT, grouped)).contains("ChannelsLastComputedConv");
    }

    @Test
    void transposedConvolutionsOfComputedFiltersAreConvertedToo() {
        Value mean = node("ReduceMean", x);
        Value w = node("Mul", mean, random(6, 2, 4, 4));
        Map<String, Attribute> attributes =
                Map.of("strides", ints(2, 2), "pads", ints(1, 1, 1, 1), "group", new Attribute.Int(2));
        assertThat(check(x, INPUT, node("Relu", node("ConvTranspose", attributes, conv(x, 3, 6), w, random(4)))))
                .contains("ChannelsLastComputedConvTranspose");
    }

    @Test
    void productsOfImagesAndComputedFiltersStayAsTheyWere() {
        Value mean = node("ReduceMean", x);
        assertThat(check(x, INPUT, node("Conv", x, node("Mul", mean, random(6, 3, 1, 1)))))
                .contains("Conv");
        Map<String, Attribute> depthwise = Map.of("group", new Attribute.Int(3));
        assertThat(check(x, INPUT, node("Conv", depthwise, x, node("Mul", mean, random(3, 1, 3, 3)))))
                .contains("Conv");
    }

    @Test
    void transposedConvolutionsStayWhereTheyAreAndTakeWhatFollows() {
        Value a = node("ConvTranspose", Map.of("strides", ints(2, 2)), conv(x, 3, 6), random(6, 4, 2, 2), random(4));
        Map<String, Attribute> overlapping =
                Map.of("strides", ints(2, 2), "pads", ints(1, 1, 1, 1), "output_padding", ints(1, 0));
        Value b = node("Sigmoid", node("ConvTranspose", overlapping, node("Relu", a), random(4, 5, 4, 3)));
        assertThat(check(x, INPUT, b))
                .isEqualTo(only(
                        "Transpose",
                        "ChannelsLastConv",
                        "ChannelsLastConvTranspose",
                        "ChannelsLastConvTranspose",
                        "Transpose"));
    }

    @Test
    void transposedConvolutionsWithGapsFarTapsAndGroupsDoSoToo() {
        List<String> expected = only("Transpose", "ChannelsLastConv", "ChannelsLastConvTranspose", "Transpose");
        for (Map<String, Attribute> attributes : List.of(
                Map.<String, Attribute>of("dilations", ints(2, 2)),
                Map.<String, Attribute>of("strides", ints(3, 3)),
                Map.<String, Attribute>of("strides", ints(2, 2), "pads", ints(0, 1, 0, 0)))) {
            Value a = node("ConvTranspose", attributes, conv(x, 3, 6), random(6, 4, 2, 2));
            assertThat(check(x, INPUT, node("Relu", a))).isEqualTo(expected);
        }
        Map<String, Attribute> groups = Map.of("group", new Attribute.Int(2), "strides", ints(2, 2));
        Value grouped = node("ConvTranspose", groups, conv(x, 3, 6), random(6, 4, 2, 2), random(8));
        assertThat(check(x, INPUT, grouped)).isEqualTo(expected);
    }

    @Test
    void meanOfCellsDoesNotCountPaddingUnlessTold() {
        Map<String, Attribute> attributes = new HashMap<>(window(3, 2, 1));
        attributes.remove("count_include_pad");
        attributes.put("ceil_mode", new Attribute.Int(1));
        assertThat(between(node("AveragePool", attributes, conv(x, 3, 5)), 5)).contains("ChannelsLastAveragePool");
    }

    @Test
    void axesGetTheirOtherNumbers() {
        Value a = conv(x, 3, 6);
        Value b = node("Concat", Map.of("axis", new Attribute.Int(1)), a, node("Relu", a));
        Value c = node("Concat", Map.of("axis", new Attribute.Int(-1)), b, b);
        Value d = node("Softmax", Map.of("axis", new Attribute.Int(1)), c);
        Value e = node("ReduceMax", Map.of("axes", ints(2, -1)), d);
        Value f = node("ReduceMean", Map.of("axes", ints(1)), d);
        assertThat(between(node("Mul", d, node("Add", e, f)), 12))
                .filteredOn("Transpose"::equals)
                .hasSize(2);
    }

    @Test
    void aReductionToBatchAndChannelsNeedsNoTransposition() {
        Map<String, Attribute> attributes = Map.of("axes", ints(2, 3), "keepdims", new Attribute.Int(0));
        assertThat(check(x, INPUT, node("ReduceMean", attributes, conv(x, 3, 4))))
                .isEqualTo(only("Transpose", "ChannelsLastConv", "ReduceMean"));
    }

    @Test
    void slicesAndPadsGetTheirNumbersInOrder() {
        Value a = conv(x, 3, 6);
        Value b = node("Slice", a, shape(1, 2), shape(5, 9), shape(1, -1), shape(2, 1));
        Value c = node("Pad", b, shape(0, 1, 2, 0, 0, 0, 1, 3));
        assertThat(between(c, 3))
                .isEqualTo(only("Transpose", "ChannelsLastConv", "Slice", "Pad", "ChannelsLastConv", "Transpose"));
    }

    @Test
    void padsThatAreAttributesGetTheirNumbersInOrderToo() {
        Map<String, Attribute> edges = Map.of("mode", new Attribute.Text("edge"), "pads", ints(0, 0, 1, 0, 0, 1, 0, 2));
        assertThat(between(node("", 9, "Pad", edges, conv(x, 3, 4)), 5))
                .isEqualTo(only("Transpose", "ChannelsLastConv", "Pad", "ChannelsLastConv", "Transpose"));
    }

    @Test
    void reflectionsAndInstancesStayBetweenConvolutions() {
        Value a = node("InstanceNormalization", conv(x, 3, 21), random(21), random(21));
        Value b = node("Relu", node("Add", a, node("Tanh", a)));
        Value c = resize(b, Map.of(), Optional.of(floats(1, 1, 2, 2)), Optional.empty());
        Value d = node("Pad", Map.of("mode", new Attribute.Text("reflect")), c, shape(0, 0, 1, 2, 0, 0, 1, 2));
        assertThat(between(d, 21))
                .isEqualTo(only(
                        "Transpose",
                        "ChannelsLastConv",
                        "ChannelsLastInstanceNormalization",
                        "Tanh",
                        "Add",
                        "Relu",
                        "Resize",
                        "Pad",
                        "ChannelsLastConv",
                        "Transpose"));
    }

    @Test
    void instancesAreNormalizedByScalesThatARunComputes() {
        Value a = conv(x, 3, 4);
        Value scale = node("ReduceSum", Map.of("axes", ints(0, 2, 3), "keepdims", new Attribute.Int(0)), a);
        assertThat(between(node("InstanceNormalization", a, scale, random(4)), 4))
                .contains("ChannelsLastInstanceNormalization");
    }

    @Test
    void instancesOfGroupsAreNormalizedAsTheyLie() {
        Value a = node("Reshape", conv(x, 3, 6), shape(0, 2, -1));
        Value b = node("InstanceNormalization", a, random(2), random(2));
        assertThat(between(node("Reshape", b, shape(2, 6, 8, 10)), 6)).contains("InstanceNormalization");
    }

    @Test
    void zerosBeforeAConvolutionBecomeItsPadding() {
        Value padded = node("Pad", x, shape(0, 0, 1, 2, 0, 0, 0, 1));
        assertThat(check(x, INPUT, node("Conv", padded, random(4, 3, 3, 3))))
                .isEqualTo(only("Transpose", "ChannelsLastConv", "Transpose"));
    }

    @Test
    void filtersThatAConvolutionComputesAreReadAsTheyWere() {
        Value filters = node("Conv", x, random(6, 3, 6, 8));
        assertThat(check(x, INPUT, node("Conv", node("Relu", conv(x, 3, 6)), filters)))
                .contains("ChannelsLastConv");
    }

    @Test
    void resizingGetsItsScalesAndSizesInOrder() {
        Value a = conv(x, 3, 4);
        Value nearest = resize(a, Map.of(), Optional.of(floats(1, 1, 2, 3)), Optional.empty());
        Map<String, Attribute> linear = Map.of("mode", new Attribute.Text("linear"));
        Value smaller = resize(nearest, linear, Optional.empty(), Optional.of(shape(2, 4, 7, 9)));
        assertThat(between(smaller, 4)).filteredOn("Transpose"::equals).hasSize(2);
    }

    @Test
    void resizingToAShapeThatIsComputedIsPutInOrderToo() {
        Value a = conv(x, 3, 4);
        Value half = node("MaxPool", window(2, 2, 0), a);
        Value back = resize(half, Map.of(), Optional.empty(), Optional.of(node("Shape", a)));
        assertThat(between(node("Add", back, a), 4))
                .filteredOn("Transpose"::equals)
                .hasSize(2);
    }

    private Value floats(long... numbers) {
        return node("Cast", Map.of("to", new Attribute.Int(1)), shape(numbers));
    }

    private Value resize(
            Value input, Map<String, Attribute> attributes, Optional<Value> scales, Optional<Value> sizes) {
        Value output = node("Resize", attributes, input);
        Node last = nodes.removeLast();
        List<Optional<Value>> inputs = sizes.isPresent()
                ? List.of(Optional.of(input), Optional.empty(), Optional.empty(), sizes)
                : List.of(Optional.of(input), Optional.empty(), scales);
        nodes.add(new Node("", "", "Resize", 13, inputs, List.of(Optional.of(output)), last.attributes()));
        return output;
    }

    @Test
    void transpositionsOfTheFileAreMadeOneWithOurs() {
        Value first = new Value("x");
        Value channelsSecond = node("Transpose", Map.of("perm", ints(0, 3, 1, 2)), first);
        Value y = node("Transpose", Map.of("perm", ints(0, 2, 3, 1)), conv(channelsSecond, 3, 4));
        assertThat(check(first, Shape.of(2, 8, 10, 3), y)).isEqualTo(only("ChannelsLastConv", "Identity"));
    }

    @Test
    void convolutionsOverOneAxisAreConvertedToo() {
        Value first = new Value("x");
        Value a = node("Conv", Map.of("pads", ints(1, 1)), first, random(6, 3, 3));
        Value b = node("Conv", Map.of("group", new Attribute.Int(6)), node("Tanh", a), random(6, 1, 5));
        assertThat(check(first, Shape.of(2, 3, 20), b))
                .filteredOn("ChannelsLastConv"::equals)
                .hasSize(2);
    }

    @Test
    void whatNeedsTheOldLayoutGetsIt() {
        Value a = conv(x, 3, 4);
        Value b = node("DepthToSpace", Map.of("blocksize", new Attribute.Int(2)), a);
        assertThat(between(node("Relu", b), 1))
                .isEqualTo(only(
                        "Transpose",
                        "ChannelsLastConv",
                        "Transpose",
                        "DepthToSpace",
                        "Relu",
                        "Transpose",
                        "ChannelsLastConv",
                        "Transpose"));
    }

    @Test
    void weightsThatAreComputedKeepTheOldLayout() {
        Value weights = node("Reshape", node("ReduceMean", Map.of("axes", ints(0, 2, 3)), x), shape(1, 3, 1, 1));
        assertThat(check(x, INPUT, node("Conv", x, weights))).contains("Conv");
    }

    @Test
    void volumesStayWithTheirChannelsLast() {
        Shape scan = Shape.of(2, 3, 6, 8, 10);
        Value first = volume(x, 3, 6);
        Value pooled =
                node("MaxPool", Map.of("kernel_shape", ints(2, 2, 2), "strides", ints(2, 2, 2)), node("Relu", first));
        Value up = node("ConvTranspose", Map.of("strides", ints(2, 2, 2)), pooled, random(6, 5, 2, 2, 2), random(5));
        Value mean = node("AveragePool", Map.of("kernel_shape", ints(3, 2, 1), "pads", ints(1, 1, 0, 1, 0, 0)), up);
        assertThat(check(x, scan, volume(mean, 5, 4)))
                .containsExactly(
                        "Transpose",
                        "ChannelsLastConv",
                        "ChannelsLastMaxPool",
                        "ChannelsLastConvTranspose",
                        "ChannelsLastAveragePool",
                        "ChannelsLastConv",
                        "Transpose");
    }

    private Value volume(Value input, int channels, int filters) {
        return node(
                "Conv",
                Map.of("pads", ints(1, 1, 1, 1, 1, 1)),
                input,
                random(filters, channels, 3, 3, 3),
                random(filters));
    }

    @Test
    void channelsNormalisedCellByCellBecomeOneNode() {
        Value a = conv(x, 3, 6);
        Value mean = node("ReduceMean", Map.of("axes", ints(1)), a);
        Value centred = node("Sub", a, mean);
        Value variance = node("ReduceMean", Map.of("axes", ints(1)), node("Pow", centred, scalar(2)));
        Value normal = node("Div", centred, node("Sqrt", node("Add", variance, scalar(1e-6f))));
        Value scaled = node("Add", node("Mul", random(1, 6, 1, 1), normal), random(6, 1, 1));
        assertThat(between(scaled, 6))
                .isEqualTo(
                        only("Transpose", "ChannelsLastConv", "LayerNormalization", "ChannelsLastConv", "Transpose"));
    }
}
