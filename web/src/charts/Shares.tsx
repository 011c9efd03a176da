// Parts of a whole: one bar in pieces, and a legend with the figures.
import classes from "./Shares.module.css";

export interface Share {
  name: string;
  value: number;
  /** The figure as text. */
  shown: string;
  detail?: string;
  href?: string;
}

export function Shares({ shares, label }: { shares: readonly Share[]; label: string }) {
  const total = shares.reduce((sum, share) => sum + share.value, 0) || 1;
  return (
    <div>
      <div className={classes.bar} role="img" aria-label={`${label}: ${shares.map((share) => `${share.name} ${share.shown}`).join(", ")}`}>
        {shares.map((share, index) => (
          <span key={share.name} data-series={index % 6} style={{ flexGrow: share.value / total }} className={classes.piece} title={`${share.name}: ${share.shown}`} />
        ))}
      </div>
      <ul className={classes.legend}>
        {shares.map((share, index) => (
          <li key={share.name}>
            <span className={classes.mark} data-series={index % 6} aria-hidden />
            <span className={classes.name}>{share.href ? <a href={share.href}>{share.name}</a> : share.name}</span>
            {share.detail && <span className={classes.detail}>{share.detail}</span>}
            <span className={classes.value}>{share.shown}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
