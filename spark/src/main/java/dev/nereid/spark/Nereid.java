package dev.nereid.spark;

import dev.nereid.engine.RowModel;
import dev.nereid.engine.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Models over the rows of datasets. */
public final class Nereid {
    private Nereid() {}

    /**
     * Adds the outputs of a model as columns.
     *
     * @param model see {@link #infer(Dataset, String, InferOptions)}
     * @param columns {@code INPUT=COLUMN} for each input of the model whose column has another name
     */
    public static Dataset<Row> infer(Dataset<Row> data, String model, String... columns) {
        InferOptions options = InferOptions.DEFAULT;
        for (String column : columns) {
            int equals = column.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("expected INPUT=COLUMN, got '" + column + "'");
            }
            options = options.withColumn(column.substring(0, equals), column.substring(equals + 1));
        }
        return infer(data, model, options);
    }

    /**
     * Adds the outputs of a model as columns. Rows stay in their partitions and in their order. Each executor loads the model once
     * and runs it in its tasks' threads. The model is loaded here too, for the names and types of its columns; the executors load the
     * same version, also where the folder has a higher one by then.
     *
     * @param data with a column for each input: a number, boolean or string, or arrays of them within arrays; without the batch dim
     * @param model an ONNX file or a model's folder at a path that every machine has, below {@code s3://}, {@code gs://} or
     *     {@code as://}, or what {@link #addModel} returned
     * @return lazily, as any transformation
     * @throws IllegalArgumentException if columns are missing or a name is there twice
     * @throws dev.nereid.engine.EngineException if the model is not there or cannot be run
     */
    public static Dataset<Row> infer(Dataset<Row> data, String model, InferOptions options) {
        ModelSource source = ModelSource.of(model, options);
        try (ExecutorModels.Lease lease = ExecutorModels.acquire(source, 1)) {
            StructType schema = data.schema();
            int[] columns = columns(schema, lease.model(), options);
            int[] outputs = outputs(lease.model(), options);
            InferMetrics metrics = InferMetrics.of(data.sparkSession().sparkContext(), name(model));
            return data.mapPartitions(
                    new InferPartition(source.pinned(lease.model()), options, metrics, columns, outputs),
                    Encoders.row(result(schema, lease.model(), outputs, options)));
        }
    }

    /**
     * Sends a model that lies on the driver's machine to every executor.
     *
     * @param path an ONNX file without external data, or a model's folder
     * @return what {@link #infer} takes as the model
     */
    public static String addModel(SparkSession spark, String path) {
        spark.sparkContext().addFile(path, true);
        return ModelSource.SPARK_FILE + name(path);
    }

    private static String name(String path) {
        String trimmed = path.replaceAll("/+$", "");
        return trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }

    private static int[] columns(StructType schema, RowModel model, InferOptions options) {
        List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
        for (String input : options.columns().keySet()) {
            if (!names.contains(input)) {
                throw new IllegalArgumentException(
                        "the model has no input '" + input + "': its inputs are " + model.inputs());
            }
        }
        List<String> fields = Arrays.asList(schema.fieldNames());
        return model.inputs().stream()
                .mapToInt(input -> {
                    String column = options.columns().getOrDefault(input.name(), input.name());
                    int index = fields.indexOf(column);
                    if (index < 0) {
                        throw new IllegalArgumentException("input " + input + ": the dataset has no column '" + column
                                + "' among " + fields + "; name it as '" + input.name() + "=COLUMN'");
                    }
                    return index;
                })
                .toArray();
    }

    private static int[] outputs(RowModel model, InferOptions options) {
        List<String> names = model.outputs().stream().map(TensorSpec::name).toList();
        if (options.outputs().isEmpty()) {
            return IntStream.range(0, names.size()).toArray();
        }
        return options.outputs().stream()
                .mapToInt(output -> {
                    int index = names.indexOf(output);
                    if (index < 0) {
                        throw new IllegalArgumentException(
                                "the model has no output '" + output + "': its outputs are " + model.outputs());
                    }
                    return index;
                })
                .toArray();
    }

    private static StructType result(StructType schema, RowModel model, int[] outputs, InferOptions options) {
        List<StructField> fields = new ArrayList<>(List.of(schema.fields()));
        for (int output : outputs) {
            fields.add(OutputColumns.field(model.outputs().get(output)));
        }
        if (options.keepsErrors()) {
            fields.add(DataTypes.createStructField(options.errorColumn(), DataTypes.StringType, true));
        }
        List<String> names = fields.stream().map(StructField::name).toList();
        for (String name : names) {
            if (names.indexOf(name) != names.lastIndexOf(name)) {
                throw new IllegalArgumentException(
                        "the column '" + name + "' would be there twice: rename or drop it first");
            }
        }
        return DataTypes.createStructType(fields);
    }
}
