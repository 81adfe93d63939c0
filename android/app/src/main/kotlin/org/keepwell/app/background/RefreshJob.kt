package org.keepwell.app.background

import org.keepwell.android.SendingEnd
import org.keepwell.android.SendingJobs
import org.keepwell.android.SendingService
import org.keepwell.wallet.background.SourceRefresh

/** Has what fetches in the background. */
interface RefreshOwner {
    val refresh: SourceRefresh
    val refreshJobs: SendingJobs
}

/** Fetches what is new at clinics where the wallet is still open in this process; where it is not, nothing, and nobody is asked. */
class RefreshJob : SendingService() {
    override val jobs get() = (application as RefreshOwner).refreshJobs

    override suspend fun send(waiting: Int): SendingEnd {
        (application as RefreshOwner).refresh.refresh()
        return SendingEnd.Done
    }

    companion object {
        /** The number of the job among the app's. */
        const val JOB = 3
    }
}
