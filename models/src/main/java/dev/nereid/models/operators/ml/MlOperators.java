package dev.nereid.models.operators.ml;

import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The list of the operators of the domain ai.onnx.ml, and of what our importer of trees adds to them. */
public final class MlOperators {
    private static final String DOMAIN = "ai.onnx.ml";

    /** What rows of features may be made of. */
    static final Set<DataType> FEATURES = EnumSet.of(DataType.FP32, DataType.FP64, DataType.INT32, DataType.INT64);

    private static final Set<DataType> FEATURES_OR_STRINGS =
            EnumSet.of(DataType.FP32, DataType.FP64, DataType.INT32, DataType.INT64, DataType.STRING);
    private static final Set<DataType> STRINGS_OR_INT64 = EnumSet.of(DataType.STRING, DataType.INT64);
    private static final Set<DataType> REALS = EnumSet.of(DataType.FP16, DataType.FP32, DataType.FP64);

    private MlOperators() {}

    /** Every operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                row("ArrayFeatureExtractor", 1, new ArrayFeatureExtractor(), FEATURES_OR_STRINGS)
                        .taking(1, Set.of(DataType.INT64)),
                row("Binarizer", 1, new Binarizer(), FEATURES),
                Entry.of(DOMAIN, "CastMap", 1, new CastMap()),
                row("CategoryMapper", 1, new LabelEncoder(LabelEncoder.Mapping.CATEGORIES), STRINGS_OR_INT64),
                Entry.of(DOMAIN, "DictVectorizer", 1, new DictVectorizer()),
                row("FeatureVectorizer", 1, new FeatureVectorizer(), FEATURES),
                row("Imputer", 1, new Imputer(), FEATURES),
                row("LabelEncoder", 1, new LabelEncoder(LabelEncoder.Mapping.PLACES), STRINGS_OR_INT64),
                row(
                        "LabelEncoder",
                        2,
                        new LabelEncoder(LabelEncoder.Mapping.LISTS),
                        EnumSet.of(DataType.STRING, DataType.INT64, DataType.FP32)),
                row(
                        "LabelEncoder",
                        4,
                        new LabelEncoder(LabelEncoder.Mapping.LISTS),
                        EnumSet.of(
                                DataType.STRING,
                                DataType.INT64,
                                DataType.FP32,
                                DataType.INT32,
                                DataType.INT16,
                                DataType.FP64)),
                row("LinearClassifier", 1, new LinearClassifier(), FEATURES),
                row("LinearRegressor", 1, new LinearRegressor(), FEATURES),
                row("Normalizer", 1, new Normalizer(), FEATURES),
                row("OneHotEncoder", 1, new OneHotEncoder(), FEATURES_OR_STRINGS),
                row("SVMClassifier", 1, new SvmClassifier(), FEATURES),
                row("SVMRegressor", 1, new SvmRegressor(), FEATURES),
                row("Scaler", 1, new Scaler(), FEATURES),
                Entry.of("dev.nereid", "TreeContributions", 1, new TreeContributions())
                        .taking(REALS),
                row("TreeEnsemble", 5, new TreeEnsemble(), REALS),
                row("TreeEnsembleClassifier", 1, new TreeEnsembleClassifier(), FEATURES),
                row("TreeEnsembleRegressor", 1, new TreeEnsembleRegressor(), FEATURES),
                row("ZipMap", 1, new ZipMap(), Set.of(DataType.FP32)));
    }

    private static Entry row(String name, int since, Operator operator, Set<DataType> types) {
        return Entry.of(DOMAIN, name, since, operator).taking(types);
    }
}
