package dev.nereid.perf.data;

import dev.nereid.perf.data.InputSet.Extras;
import dev.nereid.perf.data.InputSet.Step;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Makes the requests of a stream from its entries, each of which is one element of a batch: a request has an entry and
 * those behind it, and begins anew with the first behind the last.
 */
final class StepBatches {
    private StepBatches() {}

    /**
     * The requests of a stream, as many as it has entries.
     *
     * @param batch entries of a request; 0 for a model without a batch, whose requests are the entries
     */
    static List<Step> of(List<Step> entries, int batch) {
        if (batch == 0) {
            return entries;
        }
        return IntStream.range(0, entries.size())
                .mapToObj(first -> IntStream.range(first, first + batch)
                        .mapToObj(i -> entries.get(i % entries.size()))
                        .toList())
                .map(StepBatches::joined)
                .toList();
    }

    private static Step joined(List<Step> members) {
        Step first = members.getFirst();
        List<InputTensor> inputs = new ArrayList<>();
        for (InputTensor input : first.inputs()) {
            inputs.add(joined(input, members.stream().map(Step::inputs).toList()));
        }
        if (members.stream().anyMatch(member -> member.inputs().size() != inputs.size())) {
            throw differentInputs();
        }
        Extras extras = first.extras();
        return new Step(
                inputs,
                first.weight(),
                new Extras(
                        expected(members),
                        extras.body(),
                        extras.timestampMillis(),
                        extras.session(),
                        extras.delayMillis()));
    }

    /** Outputs that are expected of each member; of others nothing can be said. */
    private static List<InputTensor> expected(List<Step> members) {
        List<List<InputTensor>> all =
                members.stream().map(member -> member.extras().expected()).toList();
        return members.getFirst().extras().expected().stream()
                .filter(output ->
                        all.stream().allMatch(others -> named(output, others).isPresent()))
                .map(output -> joined(output, all))
                .toList();
    }

    private static InputTensor joined(InputTensor first, List<List<InputTensor>> members) {
        List<ByteBuffer> contents = new ArrayList<>();
        for (List<InputTensor> others : members) {
            InputTensor other = named(first, others).orElseThrow(StepBatches::differentInputs);
            if (!other.shape().equals(first.shape())) {
                throw new IllegalArgumentException("can not batch tensors with different shapes together (input '"
                        + first.name() + "' expected shape " + Shapes.text(first.shape()) + " and received "
                        + Shapes.text(other.shape()) + ")");
            }
            contents.add(other.content());
        }
        List<Long> shape = new ArrayList<>(first.shape());
        shape.addFirst((long) contents.size());
        return new InputTensor(first.name(), first.datatype(), shape, concatenated(contents));
    }

    private static ByteBuffer concatenated(List<ByteBuffer> contents) {
        if (contents.size() == 1) {
            return contents.getFirst();
        }
        int bytes = contents.stream().mapToInt(ByteBuffer::remaining).reduce(0, Math::addExact);
        ByteBuffer all = ByteBuffer.allocate(bytes);
        contents.forEach(all::put);
        return all.flip().asReadOnlyBuffer();
    }

    private static Optional<InputTensor> named(InputTensor like, List<InputTensor> tensors) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(like.name()))
                .findFirst();
    }

    private static IllegalArgumentException differentInputs() {
        return new IllegalArgumentException(
                "For batch sizes larger than 1, the same set of inputs must be specified for"
                        + " each batch. You cannot use different set of optional inputs for each individual batch.");
    }
}
