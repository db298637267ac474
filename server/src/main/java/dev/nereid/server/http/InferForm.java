package dev.nereid.server.http;

import io.helidon.webserver.http.ServerResponse;

/**
 * How a front's requests and answers of inference carry binary data behind their JSON.
 *
 * @param jsonLength where the JSON of a request ends
 * @param mark says the same of an answer
 * @param contentCodings whether bodies may be compressed
 */
record InferForm(JsonLength jsonLength, BinaryMark mark, boolean contentCodings) {
    /** Triton's own: a header says it. */
    static final InferForm HEADER = new InferForm(InferenceHeader::jsonBytes, InferenceHeader::mark, true);

    /** Requests have a content type for it, answers the header. */
    static final InferForm VERTEX_AI =
            new InferForm(BinaryContentType.VERTEX_AI::jsonBytes, InferenceHeader::mark, true);

    /** A content type both ways, and nothing compressed. */
    static final InferForm SAGEMAKER =
            new InferForm(BinaryContentType.SAGEMAKER::jsonBytes, BinaryContentType.SAGEMAKER::mark, false);

    /** How clients of a front are told where the JSON of an answer ends and its binary data begins. */
    @FunctionalInterface
    interface BinaryMark {
        /**
         * Says it in the head of an answer.
         *
         * @param jsonBytes what of the body is JSON
         */
        void on(ServerResponse head, int jsonBytes);
    }
}
