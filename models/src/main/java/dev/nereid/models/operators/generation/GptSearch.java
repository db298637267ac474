package dev.nereid.models.operators.generation;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.control.CapturedInputs;

/**
 * What searches with a decoder like GPT-2 have in common, and is the same for all runs of a node.
 *
 * @param end the token that ends a sequence
 * @param padding the token behind an end
 * @param gram tokens of the shortest passage that may not come twice; 0 for none
 * @param vocabulary how many tokens have scores; 0 for all that the decoder gives
 */
record GptSearch(
        GptDecoder decoder,
        GptRun.Bodies bodies,
        CapturedInputs captured,
        int end,
        int padding,
        int gram,
        int vocabulary) {
    static GptSearch of(Lowering lowering) {
        GptDecoder decoder = GptDecoder.of(lowering);
        Subgraph later = lowering.body(decoder.graph(), decoder.inputs(lowering));
        Subgraph first = decoder.first()
                .map(graph -> lowering.body(graph, decoder.inputs(lowering)))
                .orElse(later);
        Attributes attributes = lowering.attributes();
        return new GptSearch(
                decoder,
                new GptRun.Bodies(first, later),
                CapturedInputs.of(lowering),
                GenerationParameters.token(attributes, "eos_token_id"),
                GenerationParameters.token(attributes, "pad_token_id"),
                Math.clamp(attributes.integer("no_repeat_ngram_size", 0), 0, Integer.MAX_VALUE),
                Math.clamp(attributes.integer("vocab_size", 0), 0, Integer.MAX_VALUE));
    }

    /**
     * Checks what is known of a node.
     *
     * @param floats those of its own inputs that are floats
     * @return how many prompts it is given
     */
    static Dim prompts(Inference in, int... floats) {
        GenerationParameters.requireDecoder(in.attributes());
        GenerationParameters.requireTypes(in, floats);
        GptDecoder.of(in).check(in);
        TensorType ids = in.type(0);
        if (ids.hasRank() && ids.rank() != 2) {
            throw new ModelFormatException("input_ids: expected [batch, tokens], got " + ids);
        }
        return ids.hasRank() ? ids.dim(0) : in.unknownDim();
    }
}
