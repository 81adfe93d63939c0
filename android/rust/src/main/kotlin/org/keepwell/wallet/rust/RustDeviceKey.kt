package org.keepwell.wallet.rust

import org.keepwell.DeviceKeyException
import org.keepwell.DeviceKeyPurpose as Purpose
import org.keepwell.wallet.service.DeviceKey
import org.keepwell.wallet.service.DeviceKeyFailure
import org.keepwell.wallet.service.DeviceKeyFailure.Reason
import org.keepwell.wallet.service.DeviceKeyPurpose

/** The phone's key as the library asks for it. */
class RustDeviceKey(private val key: DeviceKey) : org.keepwell.DeviceKey {
    override suspend fun wrap(purpose: Purpose, context: ByteArray, secret: ByteArray): ByteArray =
        telling { key.wrap(own(purpose), context, secret) }

    override suspend fun unwrap(purpose: Purpose, context: ByteArray, wrapped: ByteArray): ByteArray =
        telling { key.unwrap(own(purpose), context, wrapped) }

    override suspend fun delete(purpose: Purpose) = telling { key.delete(own(purpose)) }

    override suspend fun counter(): ULong = telling { key.counter().toULong() }

    override suspend fun setCounter(value: ULong) = telling { key.setCounter(value.toLong()) }

    override suspend fun level(): org.keepwell.DeviceKeyLevel = org.keepwell.DeviceKeyLevel.valueOf(key.level().name)

    private fun own(purpose: Purpose) = DeviceKeyPurpose.valueOf(purpose.name)

    private suspend fun <T> telling(ask: suspend () -> T): T = try {
        ask()
    } catch (e: DeviceKeyFailure) {
        throw when (e.reason) {
            Reason.LOST -> DeviceKeyException.Lost()
            Reason.REFUSED -> DeviceKeyException.Refused()
            Reason.LOCKED_OUT -> DeviceKeyException.LockedOut()
            Reason.UNAVAILABLE -> DeviceKeyException.Unavailable()
        }
    }
}
