package dev.nereid.server.schedule.ensemble;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Buffer;

/** Finds out whether a response shows the memory of its request, which then must live as long. */
final class InputMemory {
    private InputMemory() {}

    static boolean isSharedBy(InferRequest request, InferResponse response) {
        for (OutputTensor output : response.outputs()) {
            for (InputTensor input : request.inputs()) {
                if (overlap(input.tensor().buffer(), output.tensor().buffer())) {
                    return true;
                }
            }
        }
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // the very same array is meant
    private static boolean overlap(Buffer a, Buffer b) {
        return switch (a) {
            case Buffer.Host left ->
                b instanceof Buffer.Host right
                        && left.segment().asOverlappingSlice(right.segment()).isPresent();
            // The strings themselves never change; the array may be filled anew by its owner.
            case Buffer.Strings left -> b instanceof Buffer.Strings right && left.elements() == right.elements();
        };
    }
}
