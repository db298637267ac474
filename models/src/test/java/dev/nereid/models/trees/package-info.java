/** The readers of XGBoost's and LightGBM's files, on small boosters worked out by hand and on recorded answers. */
@NullMarked
package dev.nereid.models.trees;

import org.jspecify.annotations.NullMarked;
