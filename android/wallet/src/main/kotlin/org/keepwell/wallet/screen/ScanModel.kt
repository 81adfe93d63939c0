package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route

/** The camera looking for a code. */
data class ScanState(val permission: CameraPermission = CameraPermission.UNKNOWN, val isOtherCode: Boolean = false)

/** Whether the camera may be used. */
enum class CameraPermission { UNKNOWN, GRANTED, DENIED }

/** What happens while scanning. */
sealed interface ScanEvent {
    data class Permission(val isGranted: Boolean) : ScanEvent
    class Read(val text: String) : ScanEvent {
        override fun toString() = "Read(..)"
    }
}

/** Goes on with the first code that [take] takes; any other code is said to be none and forgotten. */
class ScanModel(private val take: (String) -> Boolean, scope: CoroutineScope) : ScreenModel<ScanState, ScanEvent>(ScanState(), scope) {
    private var isDone = false

    override fun on(event: ScanEvent) {
        when (event) {
            is ScanEvent.Permission -> change {
                it.copy(permission = if (event.isGranted) CameraPermission.GRANTED else CameraPermission.DENIED)
            }
            is ScanEvent.Read -> {
                if (isDone) return
                isDone = take(event.text)
                change { it.copy(isOtherCode = !isDone) }
            }
        }
    }
}

/** Goes on to the clinic that a code names, or to what it asks for; false where it is no clinic's code. */
fun Navigator.takeClinic(code: String): Boolean {
    if (AccessRequest.isOne(code)) {
        replace(Route.Asked(code))
        return true
    }
    val clinic = ClinicId.scanned(code) ?: return false
    replace(Route.Grant(clinic))
    return true
}
