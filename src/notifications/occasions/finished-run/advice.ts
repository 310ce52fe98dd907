import type { ErrorCode } from '../../../shared/errors.js';
import type { Locale } from '../../recipient-group.js';

type Advice = Readonly<Partial<Record<ErrorCode, string>>> & { readonly otherwise: string };

const advice: Readonly<Record<Locale, Advice>> = {
  en: {
    'no-space': 'Free some space on that disk, or choose a larger one, then run the backup again.',
    'source-unreadable':
      'Check that the source still exists and that the Wardround user can read it, then run the backup again.',
    'destination-unusable':
      'Check that the destination is connected, switched on and writable, then run the backup again.',
    'verification-failed':
      'The copy does not match the source data, so it was not kept. Check the disk or connection for errors before you use it again.',
    'process-ended':
      'Wardround or the computer was stopped during the backup. The last good backup is not affected. Run the backup again.',
    cancelled: 'The backup was cancelled. Run it again when you are ready.',
    unreachable: 'Check the network and that the other computer is switched on, then run the backup again.',
    'plugin-timed-out': 'The step exceeded its time limit. Check whether the disk or the other computer is responding.',
    overloaded:
      'Too many backups were running for too long. Check whether one of them is stuck, or schedule the jobs at different times.',
    'plugin-out-of-memory': 'The step exceeded its memory limit. Send this message to your support.',
    'plugin-unknown':
      'The configuration uses a plugin that is not installed. Correct the configuration, or install the plugin.',
    'plugin-invalid': 'The configuration of this step is invalid. See the error message for details.',
    otherwise: 'See the lines marked as errors below. If they do not help, send this message to your support.',
  },
  de: {
    'no-space':
      'Schaffen Sie Platz auf diesem Datenträger oder wählen Sie einen größeren, und starten Sie die Sicherung erneut.',
    'source-unreadable':
      'Prüfen Sie, ob die Quelle noch vorhanden ist und ob Wardround Leserechte dafür hat. Starten Sie dann die Sicherung erneut.',
    'destination-unusable':
      'Prüfen Sie, ob das Sicherungsziel angeschlossen, eingeschaltet und beschreibbar ist. Starten Sie dann die Sicherung erneut.',
    'verification-failed':
      'Die Kopie stimmt nicht mit den Quelldaten überein und wurde verworfen. Lassen Sie den Datenträger oder die Verbindung prüfen, bevor Sie ihn weiter verwenden.',
    'process-ended':
      'Wardround oder der Computer wurde während der Sicherung beendet. Die letzte erfolgreiche Sicherung ist davon nicht betroffen. Starten Sie die Sicherung erneut.',
    cancelled: 'Die Sicherung wurde abgebrochen. Starten Sie sie bei Gelegenheit erneut.',
    unreachable:
      'Prüfen Sie das Netzwerk und ob der andere Computer eingeschaltet ist. Starten Sie dann die Sicherung erneut.',
    'plugin-timed-out':
      'Der Schritt hat das Zeitlimit überschritten. Prüfen Sie, ob der Datenträger oder der andere Computer noch reagiert.',
    overloaded:
      'Zu viele Sicherungen liefen gleichzeitig. Prüfen Sie, ob eine davon hängt, oder planen Sie die Aufträge zu unterschiedlichen Zeiten.',
    'plugin-out-of-memory':
      'Der Schritt hat das Speicherlimit überschritten. Senden Sie diese Nachricht an Ihren Support.',
    'plugin-unknown':
      'Die Konfiguration verwendet ein Plugin, das nicht installiert ist. Korrigieren Sie die Konfiguration oder installieren Sie das Plugin.',
    'plugin-invalid': 'Die Konfiguration dieses Schritts ist fehlerhaft. Einzelheiten finden Sie in der Fehlermeldung.',
    otherwise:
      'Beachten Sie die unten als Fehler markierten Zeilen. Falls diese nicht weiterhelfen, senden Sie diese Nachricht an Ihren Support.',
  },
};

/** What a reader can do about an error. */
export function adviceFor(code: ErrorCode, locale: Locale): string {
  return advice[locale][code] ?? advice[locale].otherwise;
}
