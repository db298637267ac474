package dev.nereid.spark;

import dev.nereid.engine.RowModel;
import dev.nereid.engine.RowResults;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** Runs the model over one partition, some hundred rows at a time, in the thread of the task. */
final class InferPartition implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;

    private final ModelSource source;
    private final InferOptions options;
    private final InferMetrics metrics;
    private final int[] columns;
    private final int[] outputs;

    /**
     * @param columns for each input of the model the index of its column
     * @param outputs the indices of the model's outputs that become columns
     */
    InferPartition(ModelSource source, InferOptions options, InferMetrics metrics, int[] columns, int[] outputs) {
        this.source = source;
        this.options = options;
        this.metrics = metrics;
        this.columns = columns.clone();
        this.outputs = outputs.clone();
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        ExecutorModels.Lease lease = ExecutorModels.acquire(source, threads());
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> lease.close());
        return new Results(rows, lease.model());
    }

    /** One thread a task slot; where a task has several cores, all of the executor's, which its tasks share. */
    static int threads() {
        if (TaskContext.get().cpus() == 1) {
            return 1;
        }
        return SparkEnv.get()
                .conf()
                .getInt("spark.executor.cores", Runtime.getRuntime().availableProcessors());
    }

    private final class Results implements Iterator<Row> {
        private final Iterator<Row> rows;
        private final RowModel model;
        private final InputColumns inputs;
        private final Deque<Row> ready = new ArrayDeque<>();
        private long taken;

        Results(Iterator<Row> rows, RowModel model) {
            this.rows = rows;
            this.model = model;
            this.inputs = new InputColumns(model.inputs(), columns);
        }

        @Override
        public boolean hasNext() {
            return !ready.isEmpty() || rows.hasNext();
        }

        @Override
        public Row next() {
            if (ready.isEmpty()) {
                fill();
            }
            return ready.removeFirst();
        }

        private void fill() {
            if (!rows.hasNext()) {
                throw new NoSuchElementException();
            }
            List<Row> taking = new ArrayList<>(options.bufferRows());
            List<@Nullable String> errors = new ArrayList<>(options.bufferRows());
            List<List<RowTensor>> tensors = new ArrayList<>(options.bufferRows());
            while (taking.size() < options.bufferRows() && rows.hasNext()) {
                Row row = rows.next();
                taking.add(row);
                try {
                    tensors.add(inputs.tensors(row));
                    errors.add(null);
                } catch (RuntimeException e) {
                    errors.add(failed(taken + taking.size() - 1, String.valueOf(e.getMessage())));
                }
            }
            RowResults results = model.run(tensors);
            metrics.add(results);
            Iterator<RowResults.Outcome> outcomes = results.outcomes().iterator();
            for (int i = 0; i < taking.size(); i++) {
                String error = errors.get(i);
                ready.add(
                        error == null
                                ? result(taking.get(i), taken + i, outcomes.next())
                                : row(taking.get(i), List.of(), error));
            }
            taken += taking.size();
        }

        private Row result(Row row, long index, RowResults.Outcome outcome) {
            return switch (outcome) {
                case RowResults.Done(List<RowTensor> tensors) -> row(row, tensors, null);
                case RowResults.Failed failed ->
                    row(
                            row,
                            List.of(),
                            failed(index, String.valueOf(failed.error().getMessage())));
            };
        }

        private String failed(long index, String message) {
            metrics.failed();
            if (!options.keepsErrors()) {
                throw new IllegalArgumentException(
                        "row " + index + " of partition " + TaskContext.get().partitionId() + ": " + message);
            }
            return message;
        }

        private Row row(Row row, List<RowTensor> tensors, @Nullable String error) {
            int width = row.size();
            @Nullable Object[] values = new Object[width + outputs.length + (options.keepsErrors() ? 1 : 0)];
            for (int i = 0; i < width; i++) {
                values[i] = row.get(i);
            }
            for (int i = 0; i < outputs.length && !tensors.isEmpty(); i++) {
                TensorSpec spec = model.outputs().get(outputs[i]);
                values[width + i] = OutputColumns.value(spec, tensors.get(outputs[i]));
            }
            if (options.keepsErrors()) {
                values[width + outputs.length] = error;
            }
            return RowFactory.create(values);
        }
    }
}
