package org.keepwell.wallet.service

/** The phone's own key for this wallet, which never leaves the phone; a second lock beside the PIN. */
interface DeviceKey {
    /** Encrypts [secret], bound to [context]; throws [DeviceKeyFailure]. */
    suspend fun wrap(context: ByteArray, secret: ByteArray): ByteArray

    /** Decrypts what [wrap] gave for the same [context]; throws [DeviceKeyFailure]. */
    suspend fun unwrap(context: ByteArray, wrapped: ByteArray): ByteArray

    /** Destroys the key for good. */
    suspend fun delete()

    /** A number that only grows, kept outside the wallet's files; 0 at first. */
    suspend fun counter(): Long

    /** Moves the number on. */
    suspend fun setCounter(value: Long)

    /** Where the key lives. */
    fun level(): DeviceKeyLevel
}

/** How well a key is kept. */
enum class DeviceKeyLevel { SOFTWARE, TRUSTED_ENVIRONMENT, SECURE_ELEMENT }

/** Why the phone's key did nothing. */
class DeviceKeyFailure(val reason: Reason, cause: Throwable? = null) : Exception(reason.name, cause) {
    /** What the wallet acts on. */
    enum class Reason {
        /** The key is gone or was never here; the recovery words still open the wallet. */
        LOST,

        /** The person refused or broke off. */
        REFUSED,

        /** The phone allows no more tries for now. */
        LOCKED_OUT,

        /** The key store does not work. */
        UNAVAILABLE,
    }
}
