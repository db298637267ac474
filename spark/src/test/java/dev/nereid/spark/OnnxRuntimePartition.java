package dev.nereid.spark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import scala.collection.Seq;

/**
 * The same work by ONNX Runtime's Java API, as one would write it: one session an executor with one thread a task, batches of rows
 * that are padded to the longest, and outputs without the padding.
 */
final class OnnxRuntimePartition implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final Map<String, OrtSession> SESSIONS = new ConcurrentHashMap<>();
    private static final int WIDTH = 384;

    private final String model;
    private final int batchRows;
    private final int bufferRows;
    private final boolean sorted;

    /** @param sorted whether the rows of a buffer are batched in the order of their lengths, so that less is padded */
    OnnxRuntimePartition(String model, int batchRows, int bufferRows, boolean sorted) {
        this.model = model;
        this.batchRows = batchRows;
        this.bufferRows = bufferRows;
        this.sorted = sorted;
    }

    private static OrtSession open(String file) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OptLevel.ALL_OPT);
            return OrtEnvironment.getEnvironment().createSession(file, options);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        OrtSession session = SESSIONS.computeIfAbsent(model, OnnxRuntimePartition::open);
        return new Iterator<>() {
            private Iterator<Row> ready = List.<Row>of().iterator();

            @Override
            public boolean hasNext() {
                return ready.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!ready.hasNext()) {
                    ready = buffer(session, rows).iterator();
                }
                return ready.next();
            }
        };
    }

    private List<Row> buffer(OrtSession session, Iterator<Row> rows) {
        List<Row> buffer = new ArrayList<>();
        while (buffer.size() < bufferRows && rows.hasNext()) {
            buffer.add(rows.next());
        }
        if (sorted) {
            buffer.sort(Comparator.comparingInt(
                    row -> row.<Seq<?>>getAs("input_ids").size()));
        }
        List<Row> results = new ArrayList<>(buffer.size());
        for (int from = 0; from < buffer.size(); from += batchRows) {
            try {
                run(session, buffer.subList(from, Math.min(from + batchRows, buffer.size())), results);
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
        return results;
    }

    private static void run(OrtSession session, List<Row> batch, List<Row> results) throws OrtException {
        int longest = 0;
        for (Row row : batch) {
            longest = Math.max(longest, row.<Seq<?>>getAs("input_ids").size());
        }
        long[] shape = {batch.size(), longest};
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OnnxTensor ids = OnnxTensor.createTensor(environment, column(batch, "input_ids", longest), shape);
                OnnxTensor mask =
                        OnnxTensor.createTensor(environment, column(batch, "attention_mask", longest), shape);
                OnnxTensor types =
                        OnnxTensor.createTensor(environment, column(batch, "token_type_ids", longest), shape);
                OrtSession.Result result =
                        session.run(Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
            FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
            for (int i = 0; i < batch.size(); i++) {
                Row row = batch.get(i);
                float[][] own = new float[row.<Seq<?>>getAs("input_ids").size()][WIDTH];
                for (int token = 0; token < own.length; token++) {
                    hidden.position((i * longest + token) * WIDTH).get(own[token]);
                }
                Object[] values = new Object[row.size() + 1];
                for (int column = 0; column < row.size(); column++) {
                    values[column] = row.get(column);
                }
                values[row.size()] = own;
                results.add(RowFactory.create(values));
            }
        }
    }

    private static LongBuffer column(List<Row> batch, String name, int longest) {
        LongBuffer buffer = ByteBuffer.allocateDirect(batch.size() * longest * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        for (int i = 0; i < batch.size(); i++) {
            Seq<?> values = batch.get(i).getAs(name);
            for (int token = 0; token < values.size(); token++) {
                buffer.put(i * longest + token, (Long) values.apply(token));
            }
        }
        return buffer;
    }
}
