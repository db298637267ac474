package dev.nereid.models.operators.recurrent;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The attributes of a recurrent layer. {@code output_sequence} of version 1 says whether Y is made; here that is made
 * whenever it is read.
 *
 * @param batchFirst whether the batch is the outermost axis of X, Y and the states (layout 1)
 * @param clip the greatest magnitude of what goes into the gates' functions
 * @param activations for each pass its functions: f; f and g of GRU; f, g and h of LSTM
 * @param coupled whether LSTM's forget gate is what its input gate leaves
 * @param linearBeforeReset whether GRU resets the product with the hidden state, and not that state
 * @param hiddenSize as the node states it
 */
public record RecurrentAttributes(
        Direction direction,
        boolean batchFirst,
        Optional<Float> clip,
        List<List<ActivationFunction>> activations,
        boolean coupled,
        boolean linearBeforeReset,
        Optional<Long> hiddenSize) {

    public static RecurrentAttributes of(RecurrentKind kind, Attributes attributes) {
        Direction direction = Direction.of(attributes.text("direction", "forward"));
        long layout = attributes.integer("layout", 0);
        if (layout != 0 && layout != 1) {
            throw new ModelFormatException("layout: expected 0 or 1, got " + layout);
        }
        return new RecurrentAttributes(
                direction,
                layout == 1,
                attributes.real("clip").filter(clip -> clip > 0),
                activations(kind, direction.count(), attributes),
                attributes.integer("input_forget", 0) != 0,
                attributes.integer("linear_before_reset", 0) != 0,
                attributes.integer("hidden_size"));
    }

    /** Whether every pass has the functions of these names, which have no parameters. */
    boolean hasFunctions(List<String> names) {
        Iterator<Float> none = List.<Float>of().iterator();
        List<ActivationFunction> functions = names.stream()
                .map(name -> ActivationFunction.of(name, none, none))
                .toList();
        return activations.stream().allMatch(functions::equals);
    }

    private static List<List<ActivationFunction>> activations(
            RecurrentKind kind, int directions, Attributes attributes) {
        int each = kind.activations().size();
        List<String> names =
                attributes.texts("activations").filter(list -> !list.isEmpty()).orElse(kind.activations());
        if (names.size() != each && names.size() != each * directions) {
            throw new ModelFormatException(
                    "activations: expected " + each * directions + " functions, got " + names.size());
        }
        Iterator<Float> alphas =
                attributes.reals("activation_alpha").orElse(List.of()).iterator();
        Iterator<Float> betas =
                attributes.reals("activation_beta").orElse(List.of()).iterator();
        List<List<ActivationFunction>> all = new ArrayList<>();
        for (int from = 0; from < names.size(); from += each) {
            all.add(names.subList(from, from + each).stream()
                    .map(name -> ActivationFunction.of(name, alphas, betas))
                    .toList());
        }
        while (all.size() < directions) {
            all.add(all.getFirst());
        }
        return List.copyOf(all);
    }
}
