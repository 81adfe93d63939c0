package org.keepwell.wallet.model

/** A measured number, and between which numbers of the same [unit] it is normal, as far as its source says just one such range. */
data class Measure(val number: Double, val unit: String? = null, val low: Double? = null, val high: Double? = null) {
    override fun toString() = "Measure(..)"
}
