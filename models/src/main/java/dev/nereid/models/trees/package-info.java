/**
 * Model files of XGBoost and LightGBM, written as a graph of ONNX operators around one TreeEnsemble. Depends on imported,
 * graph and tensor.
 */
@NullMarked
package dev.nereid.models.trees;

import org.jspecify.annotations.NullMarked;
