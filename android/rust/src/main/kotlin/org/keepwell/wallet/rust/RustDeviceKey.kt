package org.keepwell.wallet.rust

import org.keepwell.DeviceKeyException
import org.keepwell.wallet.service.DeviceKey
import org.keepwell.wallet.service.DeviceKeyFailure
import org.keepwell.wallet.service.DeviceKeyFailure.Reason

/** The phone's key as the library asks for it. */
class RustDeviceKey(private val key: DeviceKey) : org.keepwell.DeviceKey {
    override suspend fun wrap(context: ByteArray, secret: ByteArray): ByteArray = telling { key.wrap(context, secret) }

    override suspend fun unwrap(context: ByteArray, wrapped: ByteArray): ByteArray = telling { key.unwrap(context, wrapped) }

    override suspend fun delete() = telling { key.delete() }

    override suspend fun counter(): ULong = telling { key.counter().toULong() }

    override suspend fun setCounter(value: ULong) = telling { key.setCounter(value.toLong()) }

    override suspend fun level(): org.keepwell.DeviceKeyLevel = org.keepwell.DeviceKeyLevel.valueOf(key.level().name)

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
